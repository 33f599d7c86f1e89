"""Pins down what a push asks for, in what order, and what the registry has afterwards."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import RunConfig
from scratch_image.registry import layout as registry_layout
from scratch_image.registry import location_cache
from scratch_image.registry.plan import Push, PushPlan
from tests.support.layouts import RUN, image, index_of, layout, program_archive
from tests.support.programs import AARCH64, elf
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_faults import Status
from tests.support.registry_messages import Response, digest_of, error
from tests.support.registry_server import Fault, RegistryServer

ONE = layout()
LABEL = layout(run=dataclasses.replace(RUN, labels={"k": "another"}))
ARM64 = image((program_archive(elf(AARCH64)),), platform=Platform("linux", "arm64", "v8"))
TWO = index_of(image(), ARM64)
BLOB = ["HEAD blob", "begin", "finish"]
# A tag is looked for when it is set.
TAG = ["PUT tag", "HEAD tag"]
NEW = ["HEAD tag", "HEAD manifest", *BLOB, *BLOB, "PUT manifest", *TAG]


@pytest.fixture()
def server():
    with RegistryServer() as server:
        yield server


def published(server, *pushes, **options):
    ran = run(PushPlan(pushes, **{"deadline": 20.0, **options}))
    assert [str(result.error) for result in ran.results if result.error] == []
    assert server.incomplete() == server.violations == []
    return ran


def since(server, number):
    """Steps after the first `number`, without the ping that begins a run."""
    return [step for step in server.steps()[number:] if step != "ping"]


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


# Batches.


def test_fifty_images_send_a_shared_layer_once(server, tmp_path):
    shared = program_archive(b"shared" * 50_000)
    pushes = [
        push_of(server, tmp_path, layout((shared, program_archive(b"own %d" % number))), f"team/image{number}")
        for number in range(50)
    ]
    published(server, *pushes)
    asked = requests_of(server, first_layer(pushes[0]))
    assert (asked.count("finish"), asked.count("mount")) == (1, 49)
    # Nobody had seen it when the first few images asked.
    assert asked.count("HEAD blob") == len(asked) - 50 <= 4
    assert server.steps().count("ping") == 1


def first_layer(push):
    return json.loads((Path(push.layout) / push.root.blob_path).read_bytes())["layers"][0]["digest"]


def requests_of(server, digest):
    """The steps that name a blob."""
    return [
        request.step
        for request in server.log
        if digest in request.path or [digest] in (request.query.get("digest"), request.query.get("mount"))
    ]


def test_a_blob_that_can_not_be_mounted_is_not_sent_where_it_is(server, tmp_path):
    """What a run has seen is mounted elsewhere without a question; where that fails the question comes before the bytes."""
    server.mounts = False
    shared = program_archive(b"shared")
    images = [layout((shared, program_archive(b"own %d" % number))) for number in range(3)]
    published(server, push_of(server, tmp_path, images[0], "team/b"))
    pushes = [push_of(server, tmp_path, images[1]), push_of(server, tmp_path, images[2], "team/b", ("2",))]
    asked = len(server.log)
    server.choose_fault = lambda request: Wait() if "team/b" in request.path and request.step == "HEAD tag" else None
    published(server, *pushes)
    assert requests_of(server, first_layer(pushes[0]))[2:] == ["HEAD blob", "finish", "mount", "HEAD blob"]
    assert "DELETE upload" in since(server, asked) and not server.uploads


def test_a_blob_of_an_earlier_run_is_mounted(server, tmp_path):
    known = str(tmp_path / "known.json")
    first, second = push_of(server, tmp_path, ONE), push_of(server, tmp_path, ONE, "team/b")
    location_cache.write(known, published(server, first).seen)
    asked = len(server.log)
    published(server, second, known=known)
    assert since(server, asked).count("mount") == 2 and "finish" not in since(server, asked)


@pytest.mark.parametrize(
    "remembered, reason",
    [
        ({"team/gone": True}, "the repository does not have it any more"),
        (None, "a file that is none"),
    ],
)
def test_what_is_remembered_is_not_believed(remembered, reason, server, tmp_path):
    known = tmp_path / "known.json"
    push = push_of(server, tmp_path, ONE)
    layer = json.loads(ONE[push.root.blob_path])["layers"][0]["digest"]
    data = {"schema": 1, "registries": {server.address(): {layer: list(remembered or ())}}}
    known.write_text(json.dumps(data) if remembered else "{")
    published(server, push, known=str(known))
    assert server.steps().count("mount") == (1 if remembered else 0)


class Wait(Fault):
    """The answer comes when other threads have had time."""

    def before(self, server, request):
        time.sleep(0.3)


def test_an_image_that_is_there_is_mounted_from(server, tmp_path):
    """Nothing is remembered but what the run itself has looked at."""
    first, second = push_of(server, tmp_path, ONE), push_of(server, tmp_path, LABEL, "team/b")
    published(server, first)
    asked = len(server.log)
    server.choose_fault = lambda request: Wait() if "team/b" in request.path and request.step == "HEAD tag" else None
    published(server, first, second)
    assert since(server, asked).count("mount") == 1


def test_images_share_tokens(tmp_path):
    with RegistryServer("token") as server:
        pushes = [push_of(server, tmp_path, ONE, f"team/{number}") for number in range(4)]
        pushes += [dataclasses.replace(push, tags=("2", "3")) for push in pushes]
        ran = run(PushPlan(tuple(pushes), deadline=20), docker_config(tmp_path / "docker", server.address()))
        assert not any(result.error for result in ran.results)
        # One for each repository, and one more for each other that a blob is mounted from.
        assert server.steps().count("token") <= 12
        assert [request.status for request in server.log].count(401) == 1
        assert server.incomplete() == server.violations == []


# What a registry lost, and what it only says that it stored.


class Only(Fault):
    """201, and nothing is stored; as the registry would answer otherwise, with the digest of what it got."""

    def before(self, server, request):
        digest = request.query.get("digest", [digest_of(request.body)])[0]
        return Response(201, {"Docker-Content-Digest": digest})


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
