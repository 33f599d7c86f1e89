"""Pins down what is checked of a published image, and how what is gone is sent again."""

from __future__ import annotations

import dataclasses
import json

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.registry import layout as registry_layout
from scratch_image.registry.plan import PushPlan
from tests.support.layouts import layout, program_archive
from tests.support.published import LABEL, ONE, TWO, Only, published, since
from tests.support.pushes import push_of, run
from tests.support.registry_faults import Status
from tests.support.registry_messages import Response
from tests.support.registry_server import Fault


@pytest.mark.parametrize("before", [None, LABEL], ids=["a new tag", "a tag of another image"])
def test_a_tag_that_is_accepted_and_not_stored(before, server, tmp_path):
    """One HEAD shows it; a registry of several machines gets a moment."""
    if before:
        published(server, push_of(server, tmp_path / "before", before))
    push = push_of(server, tmp_path, ONE)
    server.fail_step("PUT tag", Only())
    ran = run(PushPlan((push,), deadline=20))
    found = server.tags["team/a"]["1"] if before else "no image"
    assert ran.error.startswith(f"tagging 1: the registry accepted the tag, but has it at {found}\n  fix: ")
    assert ran.results[0].published == () and len(ran.waits) == 3
    assert str(ran.results[0].state).endswith("the tag 1 may have been set" if before else "no tag was changed")


def test_a_tag_that_is_seen_a_moment_later(server, tmp_path):
    push = push_of(server, tmp_path, ONE, tags=("1", "2"))
    left = [Status(404), Status(404)]

    def choose(request):
        late = request.step == "HEAD tag" and request.path.endswith("/1") and "PUT tag" in server.steps()
        return left.pop() if late and left else None

    server.choose_fault = choose
    ran = published(server, push)
    assert len(ran.waits) == 2 and ran.results[0].published == tuple(f"{server.address()}/team/a:{tag}" for tag in "12")


def test_a_manifest_without_a_tag_that_is_accepted_and_not_stored(server, tmp_path):
    push = push_of(server, tmp_path, ONE, tags=())
    server.fail_step("PUT manifest", Only())
    ran = run(PushPlan((push,), deadline=20))
    assert ran.error.startswith(f"storing manifest {push.root}: the registry accepted it, but does not have it")
    assert ran.results[0].published == ()


def lost(server, *digests):
    for digest in digests:
        server.repositories["team/a"].discard(digest)


def blobs_of(files, root):
    """Layers and config of the image, or of all images of an index."""
    data = json.loads(files[root.blob_path])
    if "manifests" in data:
        return [each for entry in data["manifests"] for each in blobs_of(files, Digest.parse(entry["digest"]))]
    return [each["digest"] for each in (*data["layers"], data["config"])]


CHECKED = [
    # image, what the registry lost (numbers of blobs, of manifests of an index), tags, reason
    (ONE, (), (), ("1",), "nothing"),
    (ONE, (0,), (), ("1",), "a layer"),
    (ONE, (1,), (), ("1",), "the config"),
    (ONE, (0, 1), (), ("1", "2"), "all, and one tag is new"),
    (ONE, (0,), (), (), "a layer of an image without a tag"),
    (TWO, (0,), (), ("1",), "a layer of an index"),
    (TWO, (3,), (), ("1",), "the config of the second image of an index"),
    (TWO, (), (0,), ("1",), "a manifest of an index"),
    (TWO, (0, 1, 2, 3), (0, 1), ("1",), "all below an index"),
]


@pytest.mark.parametrize("files, blobs, manifests, tags, reason", CHECKED, ids=[row[4] for row in CHECKED])
def test_all_of_an_image_is_checked_and_repaired(files, blobs, manifests, tags, reason, server, tmp_path):
    push = push_of(server, tmp_path, files, tags=tags[:1])
    published(server, push)
    names = blobs_of(files, push.root)
    lost(server, *(names[number] for number in blobs))
    for number in manifests:
        del server.manifests["team/a"][json.loads(files[push.root.blob_path])["manifests"][number]["digest"]]
    push = dataclasses.replace(push, tags=tags)
    # As before: the manifest is there, so nothing else is asked for.
    asked = len(server.log)
    ran = run(PushPlan((dataclasses.replace(push, tags=tags[:1]),), deadline=20))
    assert ran.error == "" and len(since(server, asked)) == 1
    (result,) = run(PushPlan((push,), deadline=20, check_all=True, dry_run=True)).results
    would = [line.split()[1].rstrip(",") for line in result.lines if line.split()[0] in ("send", "store")]
    assert len(would) == len({names[number] for number in blobs}) + len(manifests)
    asked = len(server.log)
    ran = published(server, push, check_all=True)
    steps = since(server, asked)
    assert set(names) <= server.repositories["team/a"] and steps.count("finish") == len({names[number] for number in blobs})
    if not blobs and not manifests:
        documents = sum(1 for _ in layout_read(push).walk())
        # The tag, then one question for each document and each blob.
        assert steps == ["HEAD tag", *["HEAD blob"] * len(set(names)), *["HEAD manifest"] * documents]
        assert "unchanged" in ran.said


def layout_read(push):
    return registry_layout.read(push.layout, push.root)


def test_no_tag_is_set_before_all_is_there(server, tmp_path):
    """A registry that accepts a blob and loses it."""
    push = push_of(server, tmp_path, ONE)
    server.fail_step("finish", Only())
    ran = run(PushPlan((push,), deadline=20, check_all=True))
    layer, config = blobs_of(ONE, push.root)
    assert ran.error.startswith(f"the registry accepted blob {min(layer, config)}, but does not have it")
    assert "PUT tag" not in server.steps() and str(ran.results[0].state).endswith("no tag was changed")
    # What is lost once is sent again.
    server.manifests.clear()
    left = [Only()]
    server.choose_fault = lambda request: left.pop() if request.step == "finish" and left else None
    ran = run(PushPlan((push,), deadline=20, check_all=True))
    assert ran.error == "" and server.incomplete() == [] and server.tags["team/a"] == {"1": str(push.root)}


@pytest.mark.parametrize("step", ["GET manifest", "GET tag"])
@pytest.mark.parametrize("files", [ONE, TWO], ids=["an image", "an index"])
def test_what_is_gone_when_it_is_read_back_is_sent_again(files, step, server, tmp_path):
    push = push_of(server, tmp_path, files, tags=("1", "2"))
    left = [Gone()]
    server.choose_fault = lambda request: left.pop() if request.step == step and left else None
    published(server, push, read_back=True)
    assert left == [] and set(server.tags["team/a"].values()) == {str(push.root)}
    # All manifests are read back, those of an index as well.
    documents = {str(each.digest) for each in layout_read(push).walk()}
    read = {request.path.rpartition("/")[2] for request in server.log if request.method == "GET"}
    assert documents | {"1", "2"} <= read


class Gone(Fault):
    """The registry has lost all of the repository when it is asked."""

    def before(self, server, request):
        for kept in (server.manifests, server.repositories, server.tags):
            kept["team/a"].clear()


def test_what_stays_gone_is_an_error(server, tmp_path):
    push = push_of(server, tmp_path, ONE)
    server.fail_step("GET tag", Status(404))
    ran = run(PushPlan((push,), deadline=20, read_back=True))
    assert f"reading 1 back: the registry has nothing instead of {push.root}" in ran.error


@pytest.mark.parametrize("status", [405, 501])
@pytest.mark.parametrize("digest", [True, False], ids=["with a digest", "without a digest"])
def test_a_registry_without_head(status, digest, server, tmp_path):
    """GET says the same. Of a blob, one byte is asked for, and no more is read than a few."""

    class NoHead(Fault):
        def before(self, server, request):
            return Response(status, {}) if request.method == "HEAD" else None

        def after(self, server, request, response):
            if not digest:
                response.headers.pop("Docker-Content-Digest", None)
            return response

    large = layout((program_archive(bytes(range(256)) * 30_000),), compression="none")
    server.choose_fault = lambda request: NoHead()
    push = push_of(server, tmp_path, large)
    published(server, push, check_all=True)
    asked = len(server.log)
    ran = published(server, push, check_all=True)
    assert "unchanged" in ran.said and "PUT tag" not in since(server, asked)
    ranges = {request.headers.get("range") for request in server.log if request.step == "GET blob"}
    assert ranges == {"bytes=0-0"}
