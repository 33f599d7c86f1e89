"""What a program misses in an empty root, and that `runtime_files` and `ca_bundle` cure it: the example `go_client`, run.

It gets a page from a TLS server on loopback whose certificate the bundle's root has signed, loads a time zone, makes a
temporary file and looks up its own user. The same program in an image without these files fails as its warnings say.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Dict, Iterator, Tuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.certificates import Issued
from tests.support.containers import runtime, unpack
from tests.support.repository import Repository

BARE = """
scratch_image(name="bare", binary=":bin")
scratch_image(name="no-root", binary=":bin", runtime_files=["ca-certificates", "tzdata", "tmp", "nonroot"])
"""
WITH_EVERYTHING = {
    "zone": "1970-01-01T01:00:00+01:00",
    "temporary file": "made",
    "user": "nonroot in /home/nonroot",
    "tls": "200 OK",
}
# What fails → what the program says, and the check whose warning or info foretold it.
FAILURES = {
    "zone": ("failed: unknown time zone Europe/Berlin", "SR042"),
    "temporary file": ("failed: open /tmp/", "SR043"),
    "user": ("failed: open /etc/passwd: no such file or directory", "SR044"),
    "tls": ("certificate signed by unknown authority", "SR040"),
}


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def root() -> Issued:
    return Issued("Root of a test")


@pytest.fixture(scope="module")
def server(root: Issued, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a TLS server that `root` vouches for."""
    name = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    leaf = Issued("server", (name,), by=root, dates=(datetime(2020, 1, 1), datetime(2120, 1, 1)))
    chain = tmp_path_factory.mktemp("tls") / "chain.pem"
    key = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(ssl.DER_cert_to_PEM_cert(leaf.der).encode() + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(chain))
    service = HTTPServer(("127.0.0.1", 0), _Page)
    service.socket = context.wrap_socket(service.socket, server_side=True)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{service.server_port}/"
    service.shutdown()


@pytest.fixture(scope="module")
def packaged(repository: Repository, root: Issued) -> Tuple[Repository, str]:
    """The images of the example, with the test's root in its bundle; and what was printed."""
    repository.write("src/go_client/roots.pem", ssl.DER_cert_to_PEM_cert(root.der))
    build_file = repository.root / "src/go_client/BUILD"
    build_file.write_text(build_file.read_text() + BARE)
    return repository, repository.ok("package", "src/go_client::")


def answers(repository: Repository, image: str, url: str, directory: Path) -> Tuple[int, Dict[str, str]]:
    """Runs the program as the image says, with the host's loopback as its network."""
    bundle = unpack(repository.image(image), directory)
    config = json.loads((bundle / "config.json").read_bytes())
    config["process"].update(terminal=False, args=[config["process"]["args"][0], url])
    config["process"].pop("rlimits", None)
    config["linux"]["namespaces"] = [space for space in config["linux"]["namespaces"] if space["type"] != "network"]
    (bundle / "config.json").write_text(json.dumps(config))
    command = [runtime(), "--root", str(directory / "runtime"), "run", "--bundle", str(bundle), f"client-{directory.name}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, dict(line.partition(": ")[::2] for line in done.stdout.splitlines())


def test_with_its_runtime_files_the_program_works(packaged: Tuple[Repository, str], server: str, tmp_path: Path) -> None:
    assert answers(packaged[0], "src.go_client/image", server, tmp_path) == (0, WITH_EVERYTHING)
    (manifest,) = packaged[0].report("src.go_client/image")["manifests"]
    assert manifest["findings"] == []
    assert [certificate["subject"] for certificate in manifest["caBundle"]] == ["CN=Root of a test"]


def test_without_them_it_fails_as_the_findings_say(packaged: Tuple[Repository, str], server: str, tmp_path: Path) -> None:
    repository, printed = packaged
    status, said = answers(repository, "src.go_client/bare", server, tmp_path)
    assert status == 1
    findings = {finding["check"]: finding for finding in repository.report("src.go_client/bare")["manifests"][0]["findings"]}
    assert set(findings) == {check for _, check in FAILURES.values()}
    for what, (text, check) in FAILURES.items():
        assert text in said[what]
        assert findings[check]["fix"] == 'runtime_files=["ca-certificates", "tzdata", "tmp", "nonroot"]'
    # Warnings are printed once, below the image; infos are not.
    assert [printed.count(f"  {check}  warning: ") for check in ("SR040", "SR042", "SR043")] == [1, 1, 1]
    assert printed.count('fix: runtime_files=["ca-certificates", "tzdata", "tmp"]') == 1
    assert "SR044" not in printed


def test_mozilla_s_roots_do_not_vouch_for_the_test_s_server(
    packaged: Tuple[Repository, str], server: str, tmp_path: Path
) -> None:
    """So it is the bundle that made the difference."""
    status, said = answers(packaged[0], "src.go_client/no-root", server, tmp_path)
    assert (status, said.pop("tls").endswith(FAILURES["tls"][0])) == (1, True)
    assert {**said, "tls": "200 OK"} == WITH_EVERYTHING


def test_the_layer_of_the_runtime_files_is_shared(packaged: Tuple[Repository, str]) -> None:
    repository, _ = packaged
    layers = [
        repository.report(f"src.go_client/{image}")["manifests"][0]["layers"] for image in ("image", "no-root", "bare")
    ]
    (roots, program), (mozilla, same_program), (only_program,) = layers
    assert program == same_program == only_program
    assert roots["digest"] != mozilla["digest"]


def test_lint_says_the_same_and_makes_no_layer(packaged: Tuple[Repository, str]) -> None:
    repository, _ = packaged
    strict = repository.run("lint", "--scratch-image-fail-on=warning", "src/go_client:bare")
    assert strict.returncode == 1
    # Another level starts another daemon.
    done = repository.run("--level=debug", "lint", "src/go_client:bare")
    assert done.returncode == 0
    assert all(check in done.stdout for check in ("SR040", "SR042", "SR043", "SR044"))
    assert "Write an image layer" not in done.stdout
