"""The examples under src/, packaged as a user does, read by container tools that are not ours, and run in an empty root.

`golden/examples.json` pins their digests: every machine that runs this test makes the same bytes. Its values change with
an example's source, a toolchain or a recipe, and with nothing else; the assertion prints the new ones.
"""

from __future__ import annotations

import hashlib
import json
import platform
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any, Dict

import pytest

from scratch_image.validate.check import check_layout
from tests.support.containers import check, run, runtime, unpack
from tests.support.repository import Repository
from tests.support.tools import require

GOLDEN = Path("tests/golden/examples.json")
INDEX = "src.go_command/image"
IMAGES = tuple(name for name in json.loads(GOLDEN.read_bytes()) if name != INDEX)


@pytest.fixture(scope="module")
def packaged(repository: Repository) -> Repository:
    repository.ok("package", "src::")
    return repository


@pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="the native Go backend builds for the host"
)
def test_the_digests_are_the_same_on_every_machine(packaged: Repository) -> None:
    assert packaged.digests() == json.loads(GOLDEN.read_bytes())


@pytest.mark.parametrize("image", IMAGES)
def test_every_blob_has_the_digest_of_its_name_and_is_referred_to(packaged: Repository, image: str) -> None:
    layout = packaged.image(image)
    (manifest,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    documents = json.loads((layout / "blobs" / manifest["digest"].replace(":", "/")).read_bytes())
    referred = {manifest["digest"], documents["config"]["digest"], *(layer["digest"] for layer in documents["layers"])}
    blobs = {path.name: path.read_bytes() for path in (layout / "blobs" / "sha256").iterdir()}
    assert {f"sha256:{name}" for name in blobs} == referred
    assert all(hashlib.sha256(content).hexdigest() == name for name, content in blobs.items())


@pytest.mark.parametrize("image", (*IMAGES, INDEX))
def test_our_own_verifier_finds_nothing(packaged: Repository, image: str) -> None:
    report = check_layout(str(packaged.image(image)))
    assert (report.problems, report.not_checked) == ((), ())


@pytest.mark.parametrize("image", IMAGES)
def test_skopeo_reads_the_image(packaged: Repository, image: str, tmp_path: Path) -> None:
    skopeo = require("skopeo")
    layout = packaged.image(image)
    inspected: Dict[str, Any] = json.loads(check([skopeo, "inspect", f"oci:{layout}"]))
    assert inspected["Digest"] == packaged.report(image)["root"]["digest"]
    assert f"linux/{inspected['Architecture']}" == packaged.report(image)["manifests"][0]["platform"]
    check([skopeo, "copy", "--quiet", "--preserve-digests", f"oci:{layout}:latest", f"oci:{tmp_path / 'copy'}:latest"])


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_an_index_has_the_image_of_every_platform(packaged: Repository, arch: str, tmp_path: Path) -> None:
    """skopeo takes out of it what the image of that platform alone is."""
    layout = packaged.image(INDEX)
    override = ["--override-os", "linux", "--override-arch", arch]
    check([require("skopeo"), *override, "copy", "--quiet", f"oci:{layout}:latest", f"oci:{tmp_path / 'one'}:latest"])
    (entry,) = json.loads((tmp_path / "one" / "index.json").read_bytes())["manifests"]
    assert entry["digest"] == packaged.report(f"{INDEX}-{arch}")["root"]["digest"]
    assert check([require("skopeo"), "inspect", "--raw", f"oci:{layout}"]).count('"digest"') == 2
    emulator = "qemu-aarch64-static" if arch == "arm64" else None
    assert run(unpack(tmp_path / "one", tmp_path), emulator=emulator) == f"linux/{arch} go1.27.3 hello\n"


@pytest.mark.parametrize("image", [image for image in IMAGES if "go_client" not in image])
def test_the_root_holds_the_program_and_nothing_else(packaged: Repository, image: str, tmp_path: Path) -> None:
    root = unpack(packaged.image(image), tmp_path) / "rootfs"
    files = {path.relative_to(root): path.stat() for path in root.rglob("*") if path.is_file()}
    path = "usr/bin/go_command" if "go_command" in image else "app"
    assert set(files) == {Path(path)}
    (status,) = files.values()
    assert (status.st_mode & 0o7777, status.st_uid, status.st_gid, int(status.st_mtime)) == (0o755, 0, 0, 0)


@pytest.mark.parametrize(
    ("image", "want"),
    [
        ("src.c_program/image-amd64", "c_program on amd64: --greeting hello\n"),
        ("src.go_command/image-amd64", "linux/amd64 go1.27.3 hello\n"),
    ],
)
def test_runc_runs_the_program(packaged: Repository, image: str, want: str, tmp_path: Path) -> None:
    assert run(unpack(packaged.image(image), tmp_path)) == want


@pytest.mark.parametrize(
    ("image", "want"),
    [
        ("src.c_program/image-arm64", "c_program on arm64: --greeting hello\n"),
        ("src.go_command/image-arm64", "linux/arm64 go1.27.3 hello\n"),
    ],
)
def test_runc_runs_the_program_of_another_cpu(packaged: Repository, image: str, want: str, tmp_path: Path) -> None:
    assert run(unpack(packaged.image(image), tmp_path), emulator="qemu-aarch64-static") == want


def test_the_service_answers_in_an_empty_root(packaged: Repository, tmp_path: Path) -> None:
    """Its own network is the host's loopback here; it runs as the image's user, and ends when it is asked to."""
    start = [runtime(), "--root", str(tmp_path / "runtime")]
    bundle = unpack(packaged.image("src.go_service/image"), tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = json.loads((bundle / "config.json").read_bytes())
    config["process"].update(terminal=False, args=["/app", f"-listen=127.0.0.1:{port}"])
    config["process"].pop("rlimits", None)
    config["linux"]["namespaces"] = [space for space in config["linux"]["namespaces"] if space["type"] != "network"]
    (bundle / "config.json").write_text(json.dumps(config))
    name = f"scratch-image-service-{port}"
    with subprocess.Popen(
        [*start, "run", "--bundle", str(bundle), name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as service:
        try:
            assert _get(f"http://127.0.0.1:{port}/world") == "hello from an empty root: /world\n"
        finally:
            subprocess.run([*start, "kill", name, "TERM"], check=False)
        output, _ = service.communicate(timeout=60)
    assert "as uid 65532" in output
    assert service.returncode == 0


def test_the_program_is_a_dependency_to_every_goal(packaged: Repository) -> None:
    assert "src/go_service:bin" in packaged.ok("dependencies", "src/go_service:image").splitlines()
    assert "src/go_service:image" in packaged.ok("dependents", "src/go_service:bin").splitlines()
    git = [require("git"), "-C", str(packaged.root), "-c", "user.name=x", "-c", "user.email=x"]
    for command in (["init", "--quiet"], ["add", "src"], ["commit", "--quiet", "--message=x"]):
        check([*git, *command])
    source = packaged.root / "src/c_program/main.c"
    source.write_text(source.read_text() + "\n")
    changed = packaged.ok("--changed-since=HEAD", "--changed-dependents=transitive", "list").splitlines()
    assert {"src/c_program:image-amd64", "src/c_program:image-arm64"} <= set(changed)
    assert "src/go_service:image" not in changed


def _get(url: str) -> str:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}")
