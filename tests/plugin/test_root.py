"""What the model of a root reads of a target's files, through the engine: small texts, certificates, zones; and one fix."""

from __future__ import annotations

import json
from typing import Any, Dict

import pytest
from pants.engine.fs import DigestContents
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import RuleRunner

from tests.support.programs import elf
from tests.support.roots import PROBE_ROOT
from tests.support.rule_runner import build

TARGETS = """
file(name="bin", source="hello")
file(name="users", source="users.txt")
file(name="roots", source="roots.pem")
files(name="certificates", sources=["certificates/**"])
"""
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
TLS = elf(text="/etc/ssl/certs\0")
ZONES = elf(text="/usr/share/zoneinfo\0")
# More than is read in a rule.
LARGE = b"# " + b"x" * (100 << 10) + b"\n" + PROBE_ROOT


def findings(runner: RuleRunner, fields: str, program: bytes, **files: bytes) -> Dict[str, Dict[str, Any]]:
    contents = {f"src/{name.replace('__', '/').replace('_', '.')}": content for name, content in files.items()}
    runner.write_files({"src/users.txt": "me:x:1:1::/:\n", "src/roots.pem": PROBE_ROOT, **contents})
    built = build(runner, "src", f'{TARGETS}scratch_image(name="image", binary=":bin", {fields})', program=program)
    made = {file.path: file.content for file in runner.request(DigestContents, [built.digest])}
    (manifest,) = json.loads(made["src/image/image.json"])["manifests"]
    return {finding["check"]: finding for finding in manifest["findings"] if finding["check"] != "SR048"}


def test_the_user_of_a_target_s_passwd(runner: RuleRunner) -> None:
    found = findings(runner, 'user="me", files={"/etc/passwd": ":users"}', elf())
    assert found["OI001"]["fix"] == 'name the ids: user="1:1"'
    with pytest.raises(ExecutionError) as caught:
        findings(runner, 'user="you", files={"/etc/passwd": ":users"}', elf())
    assert "which id 'you' has" in str(caught.value.wrapped_exceptions[0])


CERTIFICATES = [
    # fields, content of roots.pem, whether certificates are found, reason
    (f'files={{"{BUNDLE}": ":roots"}}', PROBE_ROOT, True, "a certificate"),
    (f'files={{"{BUNDLE}": ":roots"}}', LARGE, True, "a large file"),
    (f'files={{"{BUNDLE}": ":roots"}}', b"no certificate\n", False, "a text"),
    (f'files={{"{BUNDLE}": {{"text": "no certificate"}}}}', PROBE_ROOT, False, "a text in the BUILD file"),
    (f'files={{"{BUNDLE}": {{"from": ":roots", "mode": "0600"}}}}', PROBE_ROOT, False, "a file that only root can read"),
    ('files={"/c/ca.pem": ":roots"}', PROBE_ROOT, False, "another place"),
    ('files={"/c/ca.pem": ":roots"}, env={"SSL_CERT_FILE": "/c/ca.pem"}', PROBE_ROOT, True, "SSL_CERT_FILE"),
    ('files={"/c/ca.pem": ":roots"}, env={"SSL_CERT_DIR": "/d:/c"}', PROBE_ROOT, True, "SSL_CERT_DIR"),
    ('files={"/c/ca.pem": ":roots"}, env={"SSL_CERT_DIR": "/c"}', b"none\n", False, "SSL_CERT_DIR without one"),
    ('files={"/c/ca.pem": ":roots"}, symlinks={"/etc/ssl/cert.pem": "/c/ca.pem"}', PROBE_ROOT, True, "a link"),
    ('runtime_files=["ca-certificates"]', b"", True, "runtime_files"),
]


def test_certificates_in_files(runner: RuleRunner) -> None:
    for fields, content, found, reason in CERTIFICATES:
        assert ("SR040" not in findings(runner, fields, TLS, roots_pem=content)) is found, reason


def test_the_zone_of_the_environment(runner: RuleRunner) -> None:
    bare = findings(runner, 'env={"TZ": "Europe/Berlin"}', ZONES)
    assert bare["SR042"]["fix"] == 'runtime_files=["tzdata"]'
    assert findings(runner, 'env={"TZ": "Europe/Berlin"}, runtime_files=["tzdata"]', ZONES) == {}
    unknown = findings(runner, 'env={"TZ": "Europe/Nowhere"}, runtime_files=["tzdata"]', ZONES)
    assert unknown["SR042"]["fix"].startswith("write a zone")


def test_what_is_beside_the_program(runner: RuleRunner) -> None:
    found = findings(runner, 'files={"/etc/hosts": ":users", "/x": {"from": ":users", "owner": "70000:0"}}', elf())
    assert set(found) == {"SR036", "OI004"}
    with pytest.raises(ExecutionError) as caught:
        findings(runner, 'files={"/proc/x": ":users"}', elf())
    assert "/proc/x of `files` is never seen" in str(caught.value.wrapped_exceptions[0])
