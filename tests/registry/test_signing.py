"""What signs in the publishing process: a key or a command; and what happens where they, or the registry, do not work. Then
no tag is set."""

from __future__ import annotations

import json
import re
import sys

import pytest

from scratch_image.registry.plan import PushPlan
from scratch_image.sign.statement import SIGNATURE
from tests.support.layouts import layout
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_faults import Status
from tests.support.registry_server import RegistryServer
from tests.support.signing import OTHER, PRIVATE, for_two_platforms, private_pem, write_keys

# Signs as a KMS would: each time in another way, and by a key that the publishing process does not see.
COMMAND = """
import base64, json, pathlib, sys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
key = serialization.load_pem_private_key(pathlib.Path(sys.argv[1]).read_bytes(), None)
payload = sys.stdin.buffer.read()
assert sys.argv[2].encode()[7:] in payload
with open("called", "a") as called:
    called.write(sys.argv[2] + "\\n")
kind = "application/vnd.in-toto+json"
signature = key.sign(b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload), ec.ECDSA(SHA256()))
envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": kind}
envelope["signatures"] = [{"sig": base64.b64encode(signature).decode()}]
material = {"publicKey": {}}
bundle = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": material}
print(json.dumps({**bundle, "dsseEnvelope": envelope}))
"""


def by_command(directory, script=COMMAND, key=PRIVATE["P-256"], public=None):
    """The members of a plan that signs by a script."""
    keys = write_keys(directory, key)
    (directory / "sign.py").write_text(script)
    command = (sys.executable, str(directory / "sign.py"), keys["private"])
    public_key = write_keys(directory, public, "other")["public"] if public else keys["public"]
    return {"signing_command": command, "signing_public_key": public_key, "signing_directory": str(directory)}


def refused(server, directory, files=None, environment=None, **members):
    """The error of a push that fails, after which there is no tag."""
    push = push_of(server, directory, files or layout())
    ran = run(PushPlan((push,), **members), environment)
    said, everything = ran.error, ran.everything
    assert said and server.tags.get("team/a", {}).get("1") is None
    return said, everything


@pytest.mark.parametrize("files, number", [(layout(), 1), (for_two_platforms(), 3)], ids=["one", "index"])
def test_a_command_signs_each_manifest_once(files, number, tmp_path):
    with RegistryServer() as server:
        members = by_command(tmp_path)
        push = push_of(server, tmp_path, files)
        ran = run(PushPlan((push,), **members))
        assert ran.error == ""
        called = (tmp_path / "called").read_text().split()
        assert called[-1] == str(push.root) and len(called) == len(set(called)) == number
        for digest in called:
            assert len(server.listed("team/a", digest)) == 1
        # A signature by that key is there, so the command is not called again.
        again = run(PushPlan((push,), **members))
        assert again.error == "" and "unchanged" in again.said
        assert (tmp_path / "called").read_text().split() == called


def test_a_dry_run_calls_no_command_and_sends_nothing(tmp_path):
    with RegistryServer() as server:
        push = push_of(server, tmp_path, layout())
        (result,) = run(PushPlan((push,), dry_run=True, **by_command(tmp_path))).results
        assert f"sign   {push.root}: {SIGNATURE}" in result.lines and not (tmp_path / "called").exists()
        key = write_keys(tmp_path)["private"]
        (result,) = run(PushPlan((push,), dry_run=True, signing_key=key)).results
        (line,) = [line for line in result.lines if line.startswith("attach ")]
        assert line.endswith(f" to {push.root}: {SIGNATURE}")
        assert server.manifests.get("team/a", {}) == {}
        run(PushPlan((push,), signing_key=key))
        (result,) = run(PushPlan((push,), dry_run=True, signing_key=key)).results
        assert result.lines == [f"tag    1: stays at {push.root}"]


@pytest.mark.parametrize(
    "script, text",
    [
        (
            "import sys; sys.exit('the KMS is closed')",
            "failed with exit status 1: the KMS is closed\n  fix: run it yourself",
        ),
        ("import sys; sys.exit(3)", "failed with exit status 3: it said nothing"),
        ("print('{}')", "did not write a Sigstore bundle: the bundle: mediaType: expected a string, got nothing"),
        ("", "did not write a Sigstore bundle: the bundle: JSON: the document is not valid JSON"),
        (
            COMMAND.replace("sys.stdin.buffer.read()", "b'{}' + sys.argv[2].encode()"),
            "signed another statement than the one",
        ),
    ],
)
def test_a_command_that_does_not_sign(script, text, tmp_path):
    with RegistryServer() as server:
        said, _ = refused(server, tmp_path, **by_command(tmp_path, script))
        assert said.startswith(f"the signing command {sys.executable} ") and text in said


def test_a_command_with_another_key(tmp_path):
    with RegistryServer() as server:
        said, _ = refused(server, tmp_path, **by_command(tmp_path, public=OTHER))
        assert "signed with another key than signing_public_key\n  fix: give the public key of that command" in said


def test_a_command_that_is_not_there(tmp_path):
    with RegistryServer() as server:
        members = {**by_command(tmp_path), "signing_command": ("./no/such",)}
        said, _ = refused(server, tmp_path, **members)
        assert said.startswith("the signing command ./no/such cannot be started: No such file or directory\n  fix: correct")


def test_a_command_that_does_not_end(tmp_path):
    with RegistryServer() as server:
        # Nor does what it has started, which holds its output open.
        script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
        members = by_command(tmp_path, script)
        push = push_of(server, tmp_path, layout())
        ran = run(PushPlan((push,), deadline=1.5, **members), really_wait=True)
        assert ran.error.startswith("the deadline of 1.5 s has passed") and server.tags.get("team/a") in (None, {})


def test_a_command_that_writes_without_an_end(tmp_path):
    with RegistryServer() as server:
        script = "import os\nwhile True: os.write(1, bytes(65536)); os.write(2, bytes(65536))"
        said, _ = refused(server, tmp_path, **by_command(tmp_path, script))
        assert re.search(r" wrote more than 1 \d{3} \d{3} bytes\n  fix: let it write a bundle to its standard output", said)


def test_a_command_that_writes_much_to_its_standard_error(tmp_path):
    """The end says what went wrong."""
    with RegistryServer() as server:
        script = "import os, sys\nfor _ in range(200): os.write(2, bytes(65536))\nsys.exit('the KMS is closed')"
        said, _ = refused(server, tmp_path, **by_command(tmp_path, script))
        assert said.split("\n")[0].endswith("the KMS is closed") and len(said) < 3000
        assert run(PushPlan((push_of(server, tmp_path, layout()),), **by_command(tmp_path, NOISY + COMMAND))).error == ""


NOISY = "import os\nfor _ in range(200): os.write(2, bytes(65536))\n"
SHOWN = [
    # The name of a variable, its value, whether it is shown.
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG", False),
    ("VAULT_TOKEN", "hvs.CAESIJ3x9", False),
    ("COSIGN_PASSWORD", "of the tests", False),
    ("kms_passphrase", "of the tests", False),
    ("PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n", False),
    ("GOOGLE_KEY_FILE", "/home/me/key.json", True),
    ("AWS_PROFILE", "production", True),
    ("AWS_SECRET", "on", True),
]


@pytest.mark.parametrize("name, value, is_shown", SHOWN, ids=[row[0] for row in SHOWN])
def test_what_a_command_shows_of_its_environment(name, value, is_shown, tmp_path):
    """It gets the variables of the process, and may repeat them when it fails."""
    with RegistryServer() as server:
        script = f"import os, sys; sys.exit('denied: ' + os.environ[{name!r}])"
        said, everything = refused(server, tmp_path, None, {name: value}, **by_command(tmp_path, script))
        assert "failed with exit status 1: denied: " in said
        for line in value.split("\n")[-2:]:
            assert not line or (line in everything) is is_shown


def test_a_command_gets_the_variables_of_the_process_and_no_others(tmp_path, monkeypatch):
    monkeypatch.setenv("OF_THE_TEST", "1")
    with RegistryServer() as server:
        script = "import os, sys; sys.exit(' '.join(sorted(set(os.environ) - {'LC_CTYPE'})))"
        said, _ = refused(server, tmp_path, None, {"AWS_PROFILE": "x"}, **by_command(tmp_path, script))
        assert "exit status 1: AWS_PROFILE\n" in said


def test_a_key_that_cannot_sign_is_an_error_before_anything_is_asked(tmp_path):
    with RegistryServer() as server:
        said, _ = refused(server, tmp_path, signing_key=str(tmp_path / "nothing"))
        assert said.startswith(f"the signing key {tmp_path / 'nothing'} cannot be read: No such file or directory\n  fix: ")
        (tmp_path / "key").write_bytes(private_pem(PRIVATE["P-256"], b"right one"))
        (tmp_path / "key").chmod(0o600)
        said, everything = refused(
            server, tmp_path, None, {"COSIGN_PASSWORD": "wrong one"}, signing_key=str(tmp_path / "key")
        )
        assert "the pass phrase in COSIGN_PASSWORD does not open it" in said and "wrong one" not in everything
        said, _ = refused(server, tmp_path, None, {}, signing_key="env:KEY")
        assert said.startswith("the signing key in the variable KEY is missing")
        assert server.log == []


@pytest.mark.parametrize("source", ["file", "variable"])
def test_no_text_shows_the_key_or_its_pass_phrase(source, tmp_path):
    """Not even if the registry repeats them."""
    pem = private_pem(PRIVATE["P-256"], b"of the tests")
    path = tmp_path / "key"
    path.write_bytes(pem)
    path.chmod(0o644)
    line = pem.decode().split("\n")[1]
    environment = {**docker_config(tmp_path / "docker", "127.0.0.1"), "COSIGN_PASSWORD": "of the tests", "KEY": pem.decode()}
    with RegistryServer() as server:
        fault = Status(403)
        fault.response.body = json.dumps(
            {"errors": [{"code": "DENIED", "message": f"{line} of the tests {pem.decode()}"}]}
        ).encode()
        server.fail_step("PUT manifest", fault)
        key = str(path) if source == "file" else "env:KEY"
        push = push_of(server, tmp_path, layout())
        ran = run(PushPlan((push,), signing_key=key), environment)
        assert "DENIED" in ran.error and "***" in ran.error
        for secret in (line, line[:30], "of the tests"):
            assert secret not in ran.everything
            assert not any(secret.encode() in str(request).encode() + request.body for request in server.log)
        warning = f"the signing key {path} can be read by every user of this machine (mode 0644); run: chmod 600 {path}\n"
        assert (warning in ran.said) is (source == "file")
