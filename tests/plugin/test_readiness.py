"""`runtime_files`, `ca_bundle`, `allow` and the options of checks: what gets into an image, and what is said."""

from __future__ import annotations

import gzip
import io
import json
import ssl
import tarfile
from typing import Any, Dict, Tuple

import pytest
from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import DigestContents
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import RuleRunner

from tests.support.certificates import NO_CA, Issued
from tests.support.programs import elf
from tests.support.rule_runner import build, dependencies, image_runner

TARGETS = 'file(name="bin", source="hello")\nfile(name="roots", source="roots.pem")\n'
NOTHING = {"SR048"}


def image(fields: str) -> str:
    return f'{TARGETS}scratch_image(name="image", binary=":bin", {fields})'


class Member:
    """A member of a layer; `content` is empty for what is no file."""

    def __init__(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        self.info = member
        source = archive.extractfile(member) if member.isfile() else None
        self.content = source.read() if source else b""


def layers_of(runner: RuleRunner, built: BuiltPackage) -> Tuple[Dict[str, Member], ...]:
    """For each layer, base first: path → member."""
    files = {file.path: file.content for file in runner.request(DigestContents, [built.digest])}
    report = json.loads(files["src/image/image.json"])
    layers = []
    for layer in report["manifests"][0]["layers"]:
        packed = files[f"src/image/oci/blobs/{layer['digest'].replace(':', '/')}"]
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as archive:
            layers.append({member.name: Member(archive, member) for member in archive})
    return tuple(layers)


def manifest_of(runner: RuleRunner, built: BuiltPackage) -> Dict[str, Any]:
    files = {file.path: file.content for file in runner.request(DigestContents, [built.digest])}
    (manifest,) = json.loads(files["src/image/image.json"])["manifests"]
    return manifest


def failure(runner: RuleRunner, fields: str) -> str:
    with pytest.raises(ExecutionError) as caught:
        build(runner, "src", image(fields))
    (exception,) = caught.value.wrapped_exceptions
    return str(exception)


def pem(*certificates: Issued) -> str:
    return "".join(ssl.DER_cert_to_PEM_cert(certificate.der) for certificate in certificates)


def test_without_runtime_files_there_is_one_layer(runner: RuleRunner) -> None:
    (program,) = layers_of(runner, build(runner, "src", image("")))
    assert set(program) == {"app"}


def test_runtime_files_are_the_first_layer(runner: RuleRunner) -> None:
    every = '"services", "nsswitch", "mime-types", "nonroot", "tmp", "tzdata", "ca-certificates"'
    built = build(runner, "src", image(f"runtime_files=[{every}]"))
    files, program = layers_of(runner, built)
    assert set(program) == {"app"}
    assert (files["tmp"].info.mode, files["home/nonroot"].info.mode, files["home/nonroot"].info.uid) == (
        0o1777,
        0o700,
        65532,
    )
    assert files["etc/passwd"].content.startswith(b"root:x:0:0:")
    assert b"nonroot:x:65532:" in files["etc/passwd"].content and b"nonroot:x:65532:" in files["etc/group"].content
    assert files["usr/share/zoneinfo/Europe/Berlin"].content.startswith(b"TZif")
    assert files["etc/ssl/certs/ca-certificates.crt"].content.count(b"BEGIN CERTIFICATE") > 100
    assert {"etc/mime.types", "etc/nsswitch.conf", "etc/services"} <= set(files)
    assert not any(name.endswith((".py", ".pyc")) for name in files)
    modes = {member.info.mode for member in files.values() if member.info.isfile()}
    assert modes == {0o644}
    report = manifest_of(runner, built)
    assert set(report["runtimeFiles"]) == set(json.loads(f"[{every}]"))
    assert report["runtimeFiles"]["tzdata"]["version"] and report["runtimeFiles"]["ca-certificates"]["version"]


def test_the_order_in_the_build_file_decides_nothing(runner: RuleRunner) -> None:
    one = build(runner, "src", image('runtime_files=["tmp", "nonroot"]'))
    two = build(runner, "src", image('runtime_files=["nonroot", "tmp", "tmp"]'))
    assert one.digest == two.digest


def test_an_option_is_the_default_of_all_images() -> None:
    runner = image_runner("--scratch-image-runtime-files=['tmp']")
    assert "tmp" in layers_of(runner, build(runner, "src", image("")))[0]
    (program,) = layers_of(runner, build(runner, "src", image("runtime_files=[]")))
    assert set(program) == {"app"}


def test_a_program_below_a_directory_with_a_mode_of_its_own_leaves_it(runner: RuleRunner) -> None:
    built = build(runner, "src", image('runtime_files=["tmp"], binary_path="/tmp/app"'))
    assert [layer["tmp"].info.mode for layer in layers_of(runner, built)] == [0o1777, 0o1777]


def test_a_link_where_the_program_s_openssl_looks(runner: RuleRunner) -> None:
    program = elf(text="SSL_CERT_FILE\0/opt/ssl/cert.pem\0")
    built = build(runner, "src", image('runtime_files=["ca-certificates"]'), program=program)
    link = layers_of(runner, built)[0]["opt/ssl/cert.pem"].info
    assert (link.issym(), link.linkname) == (True, "/etc/ssl/certs/ca-certificates.crt")
    bare = manifest_of(runner, build(runner, "src", image(""), program=program))
    assert "SR041" in {finding["check"] for finding in bare["findings"]}


def test_a_bundle_alone_and_behind_mozilla_s(runner: RuleRunner) -> None:
    root = Issued("Company Root")
    runner.write_files({"src/roots.pem": "A comment.\n" + pem(root, root)})
    alone = build(runner, "src", image('ca_bundle=[":roots"]'))
    path = "etc/ssl/certs/ca-certificates.crt"
    assert layers_of(runner, alone)[0][path].content == pem(root).encode()
    assert [each["subject"] for each in manifest_of(runner, alone)["caBundle"]] == ["CN=Company Root"]
    both = build(runner, "src", image('ca_bundle=[":roots"], runtime_files=["ca-certificates"]'))
    content = layers_of(runner, both)[0][path].content
    assert content.endswith(pem(root).encode()) and content.count(b"BEGIN CERTIFICATE") > 100


def test_a_bundle_is_a_dependency(runner: RuleRunner) -> None:
    runner.write_files({"src/hello": elf(), "src/roots.pem": "", "src/BUILD": image('ca_bundle=[":roots"]')})
    names = {address.target_name for address in dependencies(runner, "src", "image")}
    assert names == {"bin", "roots"}
    assert Address("src", target_name="roots") in dependencies(runner, "src", "image")


BAD_BUNDLES = [
    # (content, the message, why)
    ("", "empty", "an empty file"),
    ("text\n", "no certificate", "text"),
    ("-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n", "line 1: a private key", "a private key"),
    ("\n-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "line 3", "no base64"),
    (pem(Issued("leaf", (NO_CA,))), "leaf", "a server's certificate"),
]


@pytest.mark.parametrize(("content", "said", "reason"), BAD_BUNDLES, ids=[row[2] for row in BAD_BUNDLES])
def test_a_bundle_that_is_none(runner: RuleRunner, content: str, said: str, reason: str) -> None:
    runner.write_files({"src/roots.pem": content})
    text = failure(runner, 'ca_bundle=[":roots"], created="now"')
    assert text.startswith("src:image cannot be made:\n")
    assert "field `ca_bundle`: src/roots.pem" in text and said in text
    assert "field `created`" in text, "all mistakes are shown together"


@pytest.mark.parametrize(
    ("address", "said"), [(":nope", "field `ca_bundle`"), (":image", "makes no file"), ("::", "field `ca_bundle`")]
)
def test_a_bundle_that_is_not_there(runner: RuleRunner, address: str, said: str) -> None:
    assert said in failure(runner, f'ca_bundle=["{address}"]')


# The flags of the one segment, at 68 in the file: readable, writable and executable.
WRITABLE_CODE = elf()[:68] + b"\x07" + elf()[69:]


def test_a_warning_is_said_once_and_does_not_stop(runner: RuleRunner) -> None:
    built = build(runner, "src", image(""), program=WRITABLE_CODE)
    (artifact,) = built.artifacts
    assert [line for line in artifact.extra_log_lines if "SR030" in line and "warning" in line] == [
        "  SR030  warning: :bin has memory that is writable and executable"
    ]
    assert {finding["check"] for finding in manifest_of(runner, built)["findings"]} == {"SR030", *NOTHING}


def test_what_is_allowed_is_not_said(runner: RuleRunner) -> None:
    built = build(runner, "src", image('allow=["SR030"]'), program=WRITABLE_CODE)
    assert {finding["check"] for finding in manifest_of(runner, built)["findings"]} == NOTHING
    assert not any("SR030" in line for line in built.artifacts[0].extra_log_lines)


def test_what_is_allowed_for_nothing_is_said(runner: RuleRunner) -> None:
    lines = build(runner, "src", image('allow=["SR030"]')).artifacts[0].extra_log_lines
    assert lines[-1] == '  allow=["SR030"] on src:image accepts a finding that no longer occurs; remove it'


def test_warnings_can_stop_an_image() -> None:
    runner = image_runner("--scratch-image-fail-on=warning")
    with pytest.raises(ExecutionError, match="SR030  warning: :bin has memory that is writable and executable"):
        build(runner, "src", image(""), program=WRITABLE_CODE)


@pytest.mark.parametrize(("severity", "stops"), [("error", True), ("info", False), ("off", False)])
def test_a_severity_of_the_repository_s_own(severity: str, stops: bool) -> None:
    runner = image_runner(f"--scratch-image-severity={{'SR030': '{severity}'}}")
    if stops:
        with pytest.raises(ExecutionError, match="SR030  error"):
            build(runner, "src", image(""), program=WRITABLE_CODE)
        return
    built = build(runner, "src", image(""), program=WRITABLE_CODE)
    found = {finding["check"]: finding["severity"] for finding in manifest_of(runner, built)["findings"]}
    assert found.get("SR030", "off") == severity


def test_an_allowed_platform_is_the_field_s(runner: RuleRunner) -> None:
    built = build(runner, "src", image('platform="linux/arm64", allow=["SR020"]'))
    assert manifest_of(runner, built)["platform"] == "linux/arm64"
