"""What happens to a signed image where the registry refuses, forgets or lists something else: an error before any tag, or a
repair."""

from __future__ import annotations

import json

import pytest

from scratch_image import cli
from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Descriptor
from scratch_image.registry.plan import PushPlan
from scratch_image.sign.bundle import attached, bundle
from scratch_image.sign.statement import SIGNATURE, statement
from tests.support.layouts import layout
from tests.support.pushes import push_of, run
from tests.support.registry_faults import ResetAfter, Status
from tests.support.registry_server import RegistryServer
from tests.support.signing import OTHER, PRIVATE, signing_key, write_keys


def refused(server, directory):
    """The error of a push with a key that fails, after which there is no tag."""
    push = push_of(server, directory, layout())
    ran = run(PushPlan((push,), signing_key=write_keys(directory)["private"]))
    assert ran.error and server.tags.get("team/a", {}).get("1") is None
    return ran.error


def test_a_registry_that_refuses_manifests_with_a_subject(tmp_path):
    with RegistryServer() as server:
        server.takes_subjects = False
        said = refused(server, tmp_path)
        assert "the registry answered 400 MANIFEST_INVALID: unknown member: subject" in said
        assert (
            "the registry has the image, but does not take what is attached to it\n  fix: use a registry that takes" in said
        )


@pytest.mark.parametrize(
    "content",
    [
        b'{"mediaType":"application/vnd.oci.image.manifest.v1+json"}',
        b"[]",
        b"\xff",
        b'{"manifests":[{"digest":NaN}]}',
        b'{"manifests":["\\ud800"]}',
    ],
)
def test_a_tag_for_a_list_that_holds_something_else(content, tmp_path):
    with RegistryServer() as server:
        push = push_of(server, tmp_path, layout())
        server.manifests["team/a"] = {str(Digest.of(content)): (MEDIA_TYPE_MANIFEST, content)}
        tag = f"sha256-{push.root.hex}"
        server.tags["team/a"] = {tag: str(Digest.of(content))}
        said = refused(server, tmp_path)
        assert said.startswith(f"{server.address()}/team/a:{tag} must list what is attached to an image")
        assert "holds something else\n  fix: delete that tag, or publish to" in said
        assert server.tags["team/a"] == {tag: str(Digest.of(content))}


@pytest.mark.parametrize("has_api", [True, False])
def test_a_list_of_odd_entries(has_api, tmp_path):
    """What is in them does not matter, as long as nobody has signed it."""
    odd = [None, 7, "x", [], {}, {"digest": []}, {"digest": 7}, {"digest": "sha256:x"}, {"artifactType": {}}]
    bundle_type = "application/vnd.dev.sigstore.bundle.v0.3+json"
    for digest in ("sha256:x", [], None, f"sha256:{'0' * 64}"):
        odd += [{"artifactType": bundle_type, "digest": digest, "annotations": each} for each in ([], None, {"x": 1})]
    keys = write_keys(tmp_path)
    with RegistryServer() as server:
        push = push_of(server, tmp_path, layout())
        # The registry of tests would look for what they name.
        server._missing = lambda name, digest: []
        index = json.dumps({"manifests": odd}).encode()
        server.manifests["team/a"] = {str(Digest.of(index)): (MEDIA_TYPE_INDEX, index)}
        server.tags["team/a"] = {f"sha256-{push.root.hex}": str(Digest.of(index))}
        if has_api:
            server.referrers_api = True
            server.attached = lambda name, subject: odd
        ran = run(PushPlan((push,), signing_key=keys["private"]))
        assert ran.error == "" and "1 attached" in ran.said
        if not has_api:
            digest = server.tags["team/a"][f"sha256-{push.root.hex}"]
            kept = json.loads(server.manifests["team/a"][digest][1])["manifests"]
            assert [entry for entry in odd if isinstance(entry, dict)] == kept[:-1]
        name = f"{server.address()}/team/a:1"
        assert cli.main(["verify-signature", name, "--key", keys["public"]]) == (1 if has_api else 0)


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
        push = push_of(server, tmp_path, layout())
        run(PushPlan((push,), **members))
        number = len(server.log)
    for at in range(number):
        for fault in (Status(503), ResetAfter()):
            with RegistryServer() as server:
                server.referrers_api = has_api
                server.fail(at, fault)
                push = push_of(server, tmp_path / str(at), layout())
                ran = run(PushPlan((push,), **members))
                assert ran.error == "" and server.incomplete() == [], (at, fault)
                assert len(server.listed("team/a", str(push.root))) == 1
