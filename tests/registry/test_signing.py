"""What signs in the publishing process: a key or a command; and what happens where they, or the registry, do not work. Then
no tag is set."""

from __future__ import annotations

import json
import sys

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Descriptor
from scratch_image.registry.plan import PushPlan
from scratch_image.sign.bundle import attached, bundle
from scratch_image.sign.statement import SIGNATURE, statement
from tests.support.layouts import layout
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_faults import ResetAfter, Status
from tests.support.registry_server import RegistryServer
from tests.support.signing import OTHER, PRIVATE, for_two_platforms, private_pem, signing_key, write_keys

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
        members = by_command(tmp_path, "import time; time.sleep(600)")
        push = push_of(server, tmp_path, layout())
        ran = run(PushPlan((push,), deadline=1.5, **members), really_wait=True)
        assert ran.error.startswith("the deadline of 1.5 s has passed") and server.tags.get("team/a") in (None, {})


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


def test_a_registry_that_refuses_manifests_with_a_subject(tmp_path):
    with RegistryServer() as server:
        server.takes_subjects = False
        said, _ = refused(server, tmp_path, signing_key=write_keys(tmp_path)["private"])
        assert "the registry answered 400 MANIFEST_INVALID: unknown member: subject" in said
        assert (
            "the registry has the image, but does not take what is attached to it\n  fix: use a registry that takes" in said
        )


@pytest.mark.parametrize("content", [b'{"mediaType":"application/vnd.oci.image.manifest.v1+json"}', b"[]", b"\xff"])
def test_a_tag_for_a_list_that_holds_something_else(content, tmp_path):
    with RegistryServer() as server:
        push = push_of(server, tmp_path, layout())
        server.manifests["team/a"] = {str(Digest.of(content)): (MEDIA_TYPE_MANIFEST, content)}
        tag = f"sha256-{push.root.hex}"
        server.tags["team/a"] = {tag: str(Digest.of(content))}
        said, _ = refused(server, tmp_path, signing_key=write_keys(tmp_path)["private"])
        assert said.startswith(f"{server.address()}/team/a:{tag} must list what is attached to an image")
        assert "holds something else\n  fix: delete that tag, or publish to" in said
        assert server.tags["team/a"] == {tag: str(Digest.of(content))}


def test_tags_that_may_not_change(tmp_path):
    with RegistryServer() as server:
        server.immutable_tags = True
        push = push_of(server, tmp_path, layout())
        assert run(PushPlan((push,), signing_key=write_keys(tmp_path)["private"])).error == ""
        other = push_of(server, tmp_path, layout(), tags=("2",))
        ran = run(PushPlan((other,), signing_key=write_keys(tmp_path, OTHER, "other")["private"]))
        assert "so this tag lists what is attached to an image\n  fix: exempt tags like sha256-" in ran.error
        assert "2" not in server.tags["team/a"]


@pytest.mark.parametrize("has_api", [True, False])
def test_a_signature_by_the_same_key_counts_as_there(has_api, tmp_path):
    """That of cosign is another one each time; other members of a bundle make it another one as well."""
    with RegistryServer() as server:
        server.referrers_api = has_api
        push = push_of(server, tmp_path, layout())
        run(PushPlan((push,)))
        (media_type, content) = server.manifests["team/a"][str(push.root)]
        subject = Descriptor(media_type, push.root, len(content))
        signed = json.loads(bundle(statement(push.root, SIGNATURE, {}), signing_key()))
        made = attached(subject, json.dumps({**signed, "verificationMaterial": {"publicKey": {}}}).encode(), SIGNATURE)
        attach(server, made)
        for key, want in ((PRIVATE["P-256"], 1), (OTHER, 2)):
            ran = run(PushPlan((push,), signing_key=write_keys(tmp_path, key)["private"]))
            assert ran.error == "" and len(server.listed("team/a", str(push.root))) == want


def attach(server, made):
    """As another publisher does it."""
    for content in (made.content, b"{}"):
        server.blobs[str(Digest.of(content))] = content
        server.repositories.setdefault("team/a", set()).add(str(Digest.of(content)))
    server.manifests["team/a"][str(made.descriptor.digest)] = (MEDIA_TYPE_MANIFEST, made.manifest)
    index = json.dumps(
        {"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, "manifests": [made.descriptor.to_dict()]}
    ).encode()
    if not server.referrers_api:
        server.manifests["team/a"][str(Digest.of(index))] = (MEDIA_TYPE_INDEX, index)
        server.tags["team/a"][f"sha256-{made.subject.hex}"] = str(Digest.of(index))


@pytest.mark.parametrize("fault", ["blob", "manifest"])
def test_all_that_is_attached_is_checked_and_repaired(fault, tmp_path):
    with RegistryServer() as server:
        push = push_of(server, tmp_path, layout())
        key = write_keys(tmp_path)["private"]
        run(PushPlan((push,), signing_key=key))
        (digest,) = server.listed("team/a", str(push.root))
        (layer,) = json.loads(server.manifests["team/a"][digest][1])["layers"]
        if fault == "blob":
            server.repositories["team/a"].remove(layer["digest"])
        else:
            del server.manifests["team/a"][digest]
        assert "unchanged" in run(PushPlan((push,), signing_key=key)).said
        ran = run(PushPlan((push,), signing_key=key, check_all=True))
        assert ran.error == "" and "1 attached" in ran.said
        assert layer["digest"] in server.repositories["team/a"] and digest in server.manifests["team/a"]


@pytest.mark.parametrize("has_api", [True, False])
def test_one_fault_at_each_request(has_api, tmp_path):
    """Every request of a signed push is answered by an error or not at all, once: the push succeeds."""
    with RegistryServer() as server:
        server.referrers_api = has_api
        members = {"signing_key": write_keys(tmp_path)["private"]}
        push = push_of(server, tmp_path, for_two_platforms())
        run(PushPlan((push,), **members))
        number = len(server.log)
    for at in range(number):
        for fault in (Status(503), ResetAfter()):
            with RegistryServer() as server:
                server.referrers_api = has_api
                server.fail(at, fault)
                push = push_of(server, tmp_path / str(at), for_two_platforms())
                ran = run(PushPlan((push,), **members))
                assert ran.error == "" and server.incomplete() == [], (at, fault)
                assert len(server.listed("team/a", str(push.root))) == 1
