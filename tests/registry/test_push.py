"""Pins down what a push asks for, in what order, and what the registry has afterwards."""

from __future__ import annotations

import dataclasses
import json

from scratch_image.oci.spec import RunConfig
from scratch_image.registry.plan import Push, PushPlan
from tests.support.layouts import image, index_of
from tests.support.published import ARM64, BLOB, LABEL, NEW, ONE, TAG, TWO, published, since
from tests.support.pushes import push_of, run
from tests.support.registry_messages import error


def test_a_new_image(server, tmp_path):
    push = push_of(server, tmp_path, ONE)
    ran = published(server, push)
    assert server.steps() == ["ping", *NEW]
    assert server.tags == {"team/a": {"1": str(push.root)}}
    assert ran.results[0].published == (f"{server.address()}/team/a:1",)
    content = (tmp_path / "team-a1" / push.root.blob_path).read_bytes()
    assert server.manifests["team/a"][str(push.root)] == (json.loads(content)["mediaType"], content)


def test_an_unchanged_image_costs_one_request_a_tag(server, tmp_path):
    push = push_of(server, tmp_path, ONE, tags=("1", "latest"))
    published(server, push)
    asked = len(server.log)
    ran = published(server, push, read_back=True)
    assert since(server, asked) == ["HEAD tag", "HEAD tag"]
    assert "unchanged" in ran.said


def test_another_tag_of_an_image_that_is_there(server, tmp_path):
    push = push_of(server, tmp_path, ONE)
    published(server, push)
    for tags, want in (
        (("1", "2"), ["HEAD tag", "HEAD tag", *TAG]),
        (("3",), ["HEAD tag", "HEAD manifest", *TAG]),
    ):
        asked = len(server.log)
        published(server, dataclasses.replace(push, tags=tags))
        assert since(server, asked) == want
    assert set(server.tags["team/a"].values()) == {str(push.root)}


def test_a_changed_label_sends_the_config_and_the_manifest(server, tmp_path):
    published(server, push_of(server, tmp_path, ONE))
    asked, received = len(server.log), server.received
    push = push_of(server, tmp_path / "label", LABEL)
    published(server, push)
    assert since(server, asked) == ["HEAD tag", "HEAD manifest", "HEAD blob", *BLOB, "PUT manifest", *TAG]
    sent = [LABEL[path] for path in LABEL if path not in ONE and path.startswith("blobs")]
    assert server.received - received == sum(map(len, sent)) + len(LABEL[push.root.blob_path])


def test_without_tags_an_image_is_published_by_digest(server, tmp_path):
    push = push_of(server, tmp_path, ONE, tags=())
    ran = published(server, push, read_back=True)
    assert server.steps() == ["ping", *NEW[1:-2], "GET manifest"]
    assert not server.tags["team/a"]
    assert ran.results[0].published == (f"{server.address()}/team/a",)
    asked = len(server.log)
    published(server, push)
    assert since(server, asked) == ["HEAD manifest"]


def test_an_index_comes_after_its_manifests(server, tmp_path):
    push = push_of(server, tmp_path, TWO)
    published(server, push)
    stored = [request.path.rpartition("/")[2] for request in server.log if request.step == "PUT manifest"]
    entries = json.loads(TWO[push.root.blob_path])["manifests"]
    assert stored == [*(entry["digest"] for entry in entries), str(push.root)]
    blobs = [number for number, step in enumerate(server.steps()) if step == "finish"]
    assert max(blobs) < server.steps().index("PUT manifest")
    assert server.steps()[-2:] == TAG


def test_of_an_index_only_the_changed_manifest_is_sent(server, tmp_path):
    published(server, push_of(server, tmp_path, TWO))
    asked = len(server.log)
    other = index_of(image(run=RunConfig(entrypoint=("/app",))), ARM64)
    published(server, push_of(server, tmp_path / "other", other))
    steps = since(server, asked)
    assert steps.count("PUT manifest") == 2 and steps.count("finish") == 1 and steps.count("HEAD blob") == 2


def test_a_manifest_whose_blob_is_gone_is_made_whole(server, tmp_path):
    """A registry that checks says so when the manifest or the tag is stored."""
    push = push_of(server, tmp_path, ONE)
    published(server, push)
    server.repositories["team/a"].pop()
    refuse = server.handle

    def handle(request, partial):
        if request.method == "PUT" and "manifests" in request.path and server._missing("team/a", str(push.root)):
            return error(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry")
        return refuse(request, partial)

    server.handle = handle
    published(server, dataclasses.replace(push, tags=("2",)))
    assert server.tags["team/a"]["2"] == str(push.root)


def test_read_back(server, tmp_path):
    published(server, push_of(server, tmp_path, ONE), read_back=True)
    assert server.steps()[-3:] == ["PUT tag", "GET manifest", "GET tag"]


def test_read_back_of_something_else(server, tmp_path):
    push = push_of(server, tmp_path, ONE)
    answer = server.handle

    def handle(request, partial):
        response = answer(request, partial)
        if request.step == "GET tag":
            response.body += b" "
        return response

    server.handle = handle
    ran = run(PushPlan((push,), read_back=True, deadline=20))
    assert ran.error.startswith("reading 1 back: the registry has sha256:")


def test_a_dry_run_changes_nothing(server, tmp_path):
    old, new = push_of(server, tmp_path, ONE), push_of(server, tmp_path / "new", LABEL, tags=("1", "2"))
    published(server, old)
    asked = len(server.log)
    (result,) = published(server, new, dry_run=True).results
    assert {request.method for request in server.log[asked:]} == {"GET", "HEAD"}
    layer, config = [json.loads(LABEL[new.root.blob_path])[key] for key in ("layers", "config")]
    assert result.lines == [
        f"keep   {layer[0]['digest']}, {layer[0]['size']} bytes",
        f"send   {config['digest']}, {config['size']} bytes",
        f"store  {new.root}",
        f"tag    1: from {old.root} to {new.root}",
        f"tag    2: new, to {new.root}",
    ]
    assert result.published == ()
    (result,) = published(server, old, dry_run=True).results
    assert result.lines == [f"tag    1: stays at {old.root}"]


def test_tags_that_may_not_change(server, tmp_path):
    server.immutable_tags = True
    push = push_of(server, tmp_path, ONE)
    published(server, push)
    published(server, push)
    other = push_of(server, tmp_path / "other", LABEL, tags=("new", "1"))
    ran = run(PushPlan((other,), deadline=20))
    assert f"the tag is {push.root}, and the image is {other.root}" in ran.error
    assert "already exists and cannot be overwritten" in ran.error and "publish under another one than '1'" in ran.error
    # What was right before stays told.
    assert ran.results[0].published == (f"{server.address()}/team/a:new",)
    assert str(ran.results[0].state).endswith("tags set: new")
    assert server.incomplete() == [] and server.tags["team/a"]["1"] == str(push.root)


def test_one_image_that_fails_stops_no_other(server, tmp_path):
    good = push_of(server, tmp_path, ONE)
    bad = Push(str(tmp_path / "nowhere"), good.root, server.address(), "team/b", ("1",), "src/b:image")
    ran = run(PushPlan((bad, good), deadline=20))
    assert [bool(result.error) for result in ran.results] == [True, False]
    assert "cannot be read" in str(ran.results[0].error) and "package the image again" in str(ran.results[0].error)
