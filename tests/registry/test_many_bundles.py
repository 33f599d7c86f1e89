"""Whoever may push can attach any number of bundles to an image: they do not hide a good one, and what they cost is
bounded."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scratch_image import cli
from scratch_image.layout.limits import ATTACHED, DEFAULT
from scratch_image.oci.digest import Digest
from scratch_image.registry.errors import DeadlinePassed, RegistryError
from scratch_image.registry.plan import PushPlan
from scratch_image.sign.bundle import MEDIA_TYPE, PREDICATE_TYPE, bundle
from scratch_image.sign.statement import NAMES, SIGNATURE, statement
from scratch_image.sign.subjects import Subject
from scratch_image.sign.verify import Policy, verify
from tests.support.layouts import layout
from tests.support.pulls import opened
from tests.support.pushes import push_of, run
from tests.support.registry_faults import Status
from tests.support.registry_server import RegistryServer
from tests.support.signing import OTHER, public_key, signing_key, write_keys


def with_strangers(server, directory, number, *, same_blob=False, predicate_type=SIGNATURE):
    """Publishes a signed image; strangers attach bundles of their own, which are listed before the good one. Gives the root
    of the image."""
    push = push_of(server, directory, layout())
    assert run(PushPlan((push,), signing_key=write_keys(directory)["private"])).error == ""
    manifests = server.manifests["team/a"]
    (digest,) = server.listed("team/a", str(push.root))
    media_type, content = manifests.pop(digest)
    for count in range(number):
        own = bundle(statement(push.root, predicate_type, {"n": 0 if same_blob else count}), signing_key(OTHER))
        server.blobs[str(Digest.of(own))] = own
        server.repositories["team/a"].add(str(Digest.of(own)))
        manifest = json.loads(content)
        manifest["annotations"].update({"n": str(count), PREDICATE_TYPE: predicate_type})
        manifest["layers"][0].update(digest=str(Digest.of(own)), size=len(own))
        foreign = json.dumps(manifest).encode()
        manifests[str(Digest.of(foreign))] = (media_type, foreign)
    manifests[digest] = (media_type, content)
    del server.log[:]
    return push.root


def verdict_of(store):
    subject = Subject(store.root, "image")
    policy = Policy((public_key(),))
    (found,) = verify((subject,), lambda digest: store.attached_to(digest, MEDIA_TYPE, policy.types), policy, ATTACHED)
    return found


def test_strangers_do_not_hide_a_signature(tmp_path, capsys):
    with RegistryServer() as server:
        server.referrers_api = True
        with_strangers(server, tmp_path, 300)
        command = ["verify-signature", f"{server.address()}/team/a:1", "--key", write_keys(tmp_path)["public"]]
        assert cli.main(command) == 0
        assert capsys.readouterr().out.endswith("signature: signed by a given key\n")
        assert server.steps().count("GET blob") == 301


def test_the_number_of_those_that_are_read_is_bounded(tmp_path):
    with RegistryServer() as server:
        server.referrers_api = True
        root = with_strangers(server, tmp_path, 30)
        with opened(server, limits=replace(DEFAULT, files=30)) as store, pytest.raises(RegistryError) as caught:
            verdict_of(store)
        assert str(caught.value) == (
            f"30 of 31 documents of the type {MEDIA_TYPE} that are attached to {root} were read, and no more are\n"
            "  fix: remove from the registry what nobody needs"
        )
        assert server.steps().count("GET blob") == 30
        with opened(server, limits=replace(DEFAULT, files=31)) as store:
            assert verdict_of(store).is_right


def test_the_time_is_bounded(tmp_path):
    """The error says how far it came."""
    with RegistryServer() as server:
        server.referrers_api = True
        with_strangers(server, tmp_path, 30)
        slow = Status(429, headers={"Retry-After": "3600"})
        server.choose_fault = lambda request: slow if server.steps().count("GET blob") == 8 else None
        with opened(server) as store, pytest.raises(DeadlinePassed) as caught:
            verdict_of(store)
        said = str(caught.value)
        assert said.startswith("the deadline of 60 s ") and ": 7 of 31 documents of the type " in said
        assert said.endswith(", or remove from the registry what nobody needs")


def test_one_blob_of_many_manifests_is_read_once(tmp_path):
    with RegistryServer() as server:
        server.referrers_api = True
        with_strangers(server, tmp_path, 30, same_blob=True)
        with opened(server) as store:
            assert verdict_of(store).is_right
        assert server.steps().count("GET blob") == 2


def test_statements_of_the_type_that_is_asked_for_are_read_first(tmp_path):
    """A signed SBOM is a thousand times as large as a signature."""
    with RegistryServer() as server:
        server.referrers_api = True
        with_strangers(server, tmp_path, 30, predicate_type=NAMES["cyclonedx"])
        with opened(server) as store:
            assert verdict_of(store).is_right
        assert server.steps().count("GET blob") == 1


def test_a_list_in_a_tag_that_is_too_long(tmp_path):
    """A publisher reads it as well, and sets no tag of the image then."""
    with RegistryServer() as server:
        push = push_of(server, tmp_path, layout())
        key = write_keys(tmp_path)["private"]
        assert run(PushPlan((push,), signing_key=key)).error == ""
        tag = str(push.root).replace(":", "-")
        media_type, content = server.manifests["team/a"][server.tags["team/a"][tag]]
        index = json.loads(content)
        index["annotations"] = {"x": "y" * (5 << 20)}
        content = json.dumps(index).encode()
        server.manifests["team/a"][str(Digest.of(content))] = (media_type, content)
        server.tags["team/a"][tag] = str(Digest.of(content))
        wanted = " answered with more than 5 242 880 bytes\n  fix: remove from a list of what is attached to an image what"
        with opened(server) as store, pytest.raises(RegistryError) as caught:
            verdict_of(store)
        assert wanted in str(caught.value)
        del server.tags["team/a"]["1"]
        assert wanted in run(PushPlan((push,), signing_key=key)).error and "1" not in server.tags["team/a"]
