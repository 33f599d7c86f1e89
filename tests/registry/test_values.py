"""Pins down the contract, the files that a run leaves, what it shows, when it waits, and what it reads of a layout."""

from __future__ import annotations

import io
import json
import os

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.registry import json_object, layout, location_cache, report
from scratch_image.registry.blob_locations import BlobLocations
from scratch_image.registry.deadline import Clock, Deadline
from scratch_image.registry.errors import DeadlinePassed, Interrupted, InvalidLayout, RegistryError, Transient
from scratch_image.registry.plan import Push, PushPlan, RegistrySettings
from scratch_image.registry.progress import Progress
from scratch_image.registry.request import Body, Request, Response
from scratch_image.registry.retry import Retry
from scratch_image.registry.workers import Workers
from tests.support.layouts import image, index_of
from tests.support.layouts import layout as made
from tests.support.pushes import stored

A, B = Digest("a" * 64), Digest("b" * 64)
PUSH = Push("src/hello", A, "r.example", "team/hello", ("1", "latest"), "src/hello:image")


# The contract.

PLANS = [
    PushPlan(()),
    PushPlan((PUSH, Push("b", B, "localhost:5000", "b", (), "b")), deadline=1.5),
    PushPlan(
        (PUSH,),
        (RegistrySettings("r.example"), RegistrySettings("s", True, "ca.pem", "cert.pem", "key.pem", True)),
        dry_run=True,
        read_back=True,
        check_all=True,
        deadline=60,
        known="known.json",
        report="report.json",
    ),
]


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_is_the_same_after_json(plan):
    assert PushPlan.from_json(plan.to_json()) == plan


def test_settings_of_a_registry():
    assert PLANS[2].settings("s").ca_file == "ca.pem"
    assert PLANS[2].settings("other") == RegistrySettings("other")


@pytest.mark.parametrize(
    "tags, done, whole, want",
    [
        (("1", "2"), ["2", "1"], True, ("r/a:1", "r/a:2")),
        (("1", "2"), ["2"], False, ("r/a:2",)),
        ((), [], True, ("r/a",)),
        ((), [], False, ()),
    ],
)
def test_what_is_published(tags, done, whole, want):
    assert Push("a", A, "r", "a", tags, "a").published(done, whole) == want


# Files.


def test_what_is_known_is_merged(tmp_path):
    path = str(tmp_path / "new" / "known.json")
    location_cache.write(path, {"r": {str(A): ("a", "b")}, "empty": {}})
    location_cache.write(path, {"r": {str(A): ("c", "d"), str(B): ("a",)}, "s": {str(A): ("x",)}})
    assert location_cache.read(path) == {"r": {str(A): ("c", "d", "a"), str(B): ("a",)}, "s": {str(A): ("x",)}}
    assert os.listdir(tmp_path / "new") == ["known.json"]


def test_what_is_known_does_not_grow_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(location_cache, "_BLOBS", 2)
    for digest in "123":
        location_cache.write(str(tmp_path / "k"), {"r": {digest: ("a",)}})
    assert list(location_cache.read(str(tmp_path / "k"))["r"]) == ["2", "3"]


NOT_KNOWN = [
    (b"", "empty"),
    (b"[1]", "no table"),
    (b'{"schema": 2, "registries": {"r": {"d": ["a"]}}}', "another schema"),
    (b'{"schema": 1, "registries": {"r": {"d": ["a&from=b"]}}}', "a name that is more than one in a URL"),
    (b'{"schema": 1, "registries": {"r": {"d": [7]}}}', "no name"),
    (b'{"schema": 1, "registries": {"r": 7}}', "no blobs"),
    (b"[" * 100_000, "deep"),
]


@pytest.mark.parametrize("content, reason", NOT_KNOWN, ids=[row[1] for row in NOT_KNOWN])
def test_a_file_that_is_damaged_says_nothing(content, reason, tmp_path):
    (tmp_path / "k").write_bytes(content)
    assert location_cache.read(str(tmp_path / "k")) == {}
    location_cache.write(str(tmp_path / "k"), {"r": {str(A): ("a",)}})
    assert location_cache.read(str(tmp_path / "k")) == {"r": {str(A): ("a",)}}


def reporting(directory, run, reference="r/a:1", digest=A, state=True):
    name, _, tag = reference.partition(":")
    registry, _, repository = name.partition("/")
    push = Push("oci", digest, registry, repository, (tag,), "src:image")
    path = str(directory / "state" / "run.json") if state else None
    return PushPlan((push,), report=str(directory / "report.json"), run_state=path, run=run)


@pytest.mark.parametrize("before", [None, b"{", b"[]", b'{"b:1": "sha256:b"}'])
def test_the_report_is_merged(before, tmp_path):
    path = tmp_path / "report.json"
    if before:
        path.write_bytes(before)
    report.write(reporting(tmp_path, "", state=False), {"a:1": "sha256:a"})
    more = {"b:1": "sha256:b"} if before and b"b:1" in before else {}
    assert json.loads(path.read_bytes()) == {"a:1": "sha256:a", **more}


def test_a_report_is_of_one_run(tmp_path):
    """Processes of one run add to it; another run does not have what it did not publish."""
    report.write(reporting(tmp_path, "7"), {"a:1": "sha256:a"})
    report.write(reporting(tmp_path, "7"), {"b:1": "sha256:b"})
    assert json.loads((tmp_path / "report.json").read_bytes()) == {"a:1": "sha256:a", "b:1": "sha256:b"}
    report.write(reporting(tmp_path, "8"), {"c:1": "sha256:c"})
    assert json.loads((tmp_path / "report.json").read_bytes()) == {"c:1": "sha256:c"}


def test_two_images_do_not_get_one_name_in_a_run(tmp_path):
    report.write(reporting(tmp_path, "7"), {"r/a:1": str(A)})
    assert report.conflicts(reporting(tmp_path, "7")) == []
    assert report.conflicts(reporting(tmp_path, "7", "r/a:2", B)) == []
    assert report.conflicts(reporting(tmp_path, "8", "r/a:1", B)) == []
    (text,) = report.conflicts(reporting(tmp_path, "7", "r/a:1", B))
    assert text.startswith(f"src:image: r/a:1 was published in this run already, as {A}, by another target\n  fix: give one")


def test_what_was_told_is_not_told_again_in_a_run(tmp_path):
    """Each image is a process of its own."""
    plan = reporting(tmp_path, "7")
    assert report.noticed(plan) == ()
    stream = io.StringIO()
    progress = Progress(stream, 1, False, noticed=report.noticed(plan))
    progress.notice("soon")
    report.write(plan, {}, progress.noticed)
    # Nothing was published, so there is no report yet.
    assert report.noticed(plan) == ("soon",) and not (tmp_path / "report.json").exists()
    progress = Progress(stream, 1, False, noticed=report.noticed(plan))
    progress.notice("soon")
    progress.notice("now")
    assert stream.getvalue() == "soon\nnow\n"
    report.write(plan, {"a:1": "sha256:a"}, progress.noticed)
    assert report.noticed(plan) == ("now", "soon")
    assert json.loads((tmp_path / "report.json").read_bytes()) == {"a:1": "sha256:a"}
    assert report.noticed(reporting(tmp_path, "8")) == () == report.noticed(reporting(tmp_path, "7", state=False))


@pytest.mark.parametrize("noticed", ["soon", [7], {"a": 1}, None])
def test_what_was_told_may_be_damaged(noticed, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "run.json").write_text(json.dumps({"run": "7", "noticed": noticed}))
    assert report.noticed(reporting(tmp_path, "7")) == ()


def test_a_file_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "report.json"
    with pytest.raises(RegistryError, match=f"{path} cannot be written: .*\n  fix: make {tmp_path}/file writable"):
        json_object.replace(str(path), b"{}")


# Requests.


def test_secrets_are_not_in_the_text_of_a_request():
    headers, body = {"X": "SECRET"}, Body.of(b"SECRET")
    request = Request("reading 1", "GET", "https://r.example/v2/", headers, body, authorization="Basic SECRET")
    assert "SECRET" not in repr(request) and "SECRET" not in repr(Response(request, 200, headers, b"SECRET"))


# Waiting.


def retry(seconds=100.0):
    waits = []
    clock = Clock(lambda: 1000.0 + sum(waits), lambda: 1_800_000_000.0, lambda: 1.0, waits.append)
    return Retry(Deadline(seconds, clock)), waits


RETRY_AFTER = [
    ("7", 7.0, "seconds"),
    ("0", 0.0, "at once"),
    ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0, "a date"),
    ("Fri, 15 Jan 2027 07:59:00 GMT", 0.0, "a date that has passed"),
    ("Friday, 15-Jan-27 08:00:30 GMT", 30.0, "the form of RFC 850"),
    ("", None, "nothing"),
    ("soon", None, "a word"),
    ("-1", None, "less than nothing"),
    ("1.5", None, "no whole number"),
    ("9" * 30, None, "longer than any number of seconds"),
    ("Fri, 99 Jan 2027 08:00:30 GMT", None, "no date"),
]


@pytest.mark.parametrize("header, want, reason", RETRY_AFTER, ids=[row[2] for row in RETRY_AFTER])
def test_retry_after(header, want, reason):
    assert retry()[0].after(header) == want


def failing(times, wait=None):
    left = [wait] * times

    def call():
        if left:
            raise Transient("busy", left.pop())
        return "done"

    return call


def test_waits_grow():
    retries, waits = retry()
    assert retries.call(failing(5)) == "done" and waits == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_attempts_are_counted():
    retries, waits = retry()
    with pytest.raises(Transient):
        retries.call(failing(3), attempts=3)
    assert len(waits) == 2


def test_the_registry_says_how_long():
    retries, waits = retry()
    assert retries.call(failing(2, 20.0)) == "done" and waits == [20.0, 20.0]


def test_a_wait_beyond_the_deadline_is_not_begun():
    retries, waits = retry()
    with pytest.raises(DeadlinePassed, match="leaves no time to wait 200 s: busy; the registry asked to wait 200 s"):
        retries.call(failing(1, 200.0))
    assert waits == []


def test_a_demanded_wait_holds_for_all():
    retries, waits = retry()
    with pytest.raises(Transient):
        retries.call(failing(1, 20.0), attempts=1)
    retries._not_before = retries.deadline.clock.monotonic() + 20
    assert retries.call(failing(0)) == "done" and waits == [20.0]


def test_an_interrupt_ends_a_wait():
    deadline = Deadline(100)
    deadline.interrupt()
    for act in (deadline.check, lambda: deadline.sleep(50)):
        with pytest.raises(Interrupted):
            act()


# What is shown.


@pytest.mark.parametrize(
    "terminal, want",
    [
        (True, "\r0 of 2 images done; 5.0 MB sent, 2.5 MB/s: src:a and 1 more\r" + " " * 59 + "\rsrc:a: done\n"),
        (False, "src:a: done\n"),
    ],
)
def test_progress(terminal, want):
    now = [0.0]
    stream = io.StringIO()
    progress = Progress(stream, 2, terminal, lambda: now[0])
    progress.begin("src:a")
    progress.begin("src:b")
    progress.tick()
    progress.add("src:a", 5_000_000)
    now[0] = 2.0
    progress.tick()
    progress.end("src:a", "src:a: done")
    assert stream.getvalue().replace("\r", "|") == want.replace("\r", "|")


def test_progress_without_a_terminal_is_a_line_now_and_then():
    now = [0.0]
    stream = io.StringIO()
    progress = Progress(stream, 1, False, lambda: now[0])
    progress.begin("src:a")
    for second in range(25):
        now[0] = float(second)
        progress.add("src:a", 1_000_000)
        progress.tick()
    assert stream.getvalue().splitlines() == [
        "0 of 1 images done; 11.0 MB sent, 1.1 MB/s: src:a",
        "0 of 1 images done; 21.0 MB sent, 1.0 MB/s: src:a",
    ]


# Layouts.


def test_what_a_layout_has(tmp_path):
    path, root = stored(tmp_path, "a", index_of(image(), image(config=lambda data: data.update(author="x"))))
    document = layout.read(path, root)
    assert [each.digest for each in document.walk()] == [*(child.digest for child in document.children), root]
    # One layer for both, and their configs after it.
    layers, configs = document.children[0].blobs, [child.config[0] for child in document.children]
    assert document.all_blobs == (*layers, *configs)


def first(files, suffix):
    """The blob of a one-image layout that the manifest names as its layer or its config."""
    manifest = json.loads(files[Digest.parse(json.loads(files["index.json"])["manifests"][0]["digest"]).blob_path])
    return Digest.parse((manifest["layers"][0] if suffix == "layer" else manifest[suffix])["digest"]).blob_path


def without(suffix):
    files = made()
    del files[first(files, suffix)]
    return files


def longer(suffix):
    files = made()
    files[first(files, suffix)] += b"x"
    return files


LAYOUTS = [
    # layout, the message, reason
    (without("layer"), r"layers\[0\]: blob: there is no file blobs/sha256/", "a layer is missing"),
    (without("config"), "config: blob: there is no file blobs/sha256/", "the config is missing"),
    (longer("layer"), r"layers\[0\]: size: claimed \d+, derived \d+", "a layer is longer"),
    (made(manifest=lambda data: data.pop("layers") and None), "layers: expected a list, got nothing", "no layers"),
    (made(manifest=lambda data: data.update(mediaType="text/plain")), "mediaType: claimed 'text/plain',", "another type"),
    (made(manifest=lambda data: b"[]"), "expected an object, got a list", "no document"),
    (made(manifest=lambda data: data["layers"][0].update(size=0)), "size: claimed 0, derived", "an empty layer"),
    (
        made(manifest=lambda data: data["layers"][0].update(digest="md5:x")),
        "digest: expected a string of 'sha256:'",
        "another digest",
    ),
    (
        made(manifest=lambda data: data.update(annotations={"a": "x" * (4 << 20)})),
        r"at most 4 194 304 are read.*\n  fix: give .* fewer annotations",
        "large",
    ),
]


@pytest.mark.parametrize("files, said, reason", LAYOUTS, ids=[row[2] for row in LAYOUTS])
def test_layouts_that_are_wrong(files, said, reason, tmp_path):
    path, root = stored(tmp_path, "a", files)
    with pytest.raises(InvalidLayout, match=said):
        layout.read(path, root)


def test_a_document_is_hashed(tmp_path):
    path, root = stored(tmp_path, "a", made())
    (tmp_path / "a" / root.blob_path).write_bytes(b"{}")
    with pytest.raises(InvalidLayout, match=r"digest: claimed sha256:.*, derived sha256:"):
        layout.read(path, root)


@pytest.mark.parametrize("start, end", [(0, 600_000), (0, 1), (1, 600_000), (262_144, 524_288), (599_999, 600_000), (5, 7)])
def test_pieces_of_a_blob(start, end, tmp_path):
    content = bytes(range(256)) * 2344
    content = content[:600_000]
    (tmp_path / "blob").write_bytes(content)
    blob = layout.Blob(str(tmp_path / "blob"), Digest.of(content), len(content))
    counted = []
    assert b"".join(map(bytes, blob.pieces(start, end, counted.append))) == content[start:end]
    assert sum(counted) == end - start


@pytest.mark.parametrize(
    "change", [lambda content: content[:-1], lambda content: content + b"x", lambda content: b"y" + content[1:]]
)
@pytest.mark.parametrize("start", [0, 300_000])
def test_the_last_piece_of_another_file_is_not_given(change, start, tmp_path):
    content = bytes(600_000)
    (tmp_path / "blob").write_bytes(change(content))
    blob = layout.Blob(str(tmp_path / "blob"), Digest.of(content), len(content))
    given = []
    with pytest.raises(InvalidLayout):
        given.extend(map(len, blob.pieces(start, len(content), lambda count: None)))
    assert sum(given) < len(content) - start


# Where blobs are.


def test_a_blob_is_pushed_once(tmp_path):
    locations = BlobLocations(Deadline(20), {})
    sources = []
    Workers(8).for_each(lambda name: locations.push_once(A, name, sources.append), [f"r{n}" for n in range(20)])
    assert sources.count(None) == 1 and len(sources) == 20


def test_where_bringing_it_fails_another_one_brings_it():
    locations = BlobLocations(Deadline(20), {str(A): ("old",)})

    def fail(source):
        assert source == "old"
        raise Transient("no")

    with pytest.raises(Transient):
        locations.push_once(A, "a", fail)
    pushed = []
    locations.push_once(A, "b", pushed.append)
    locations.push_once(A, "b", pushed.append)
    locations.push_once(A, "c", pushed.append)
    assert pushed == ["old", "b"]


def test_a_mount_is_never_from_the_repository_itself():
    locations = BlobLocations(Deadline(20), {str(A): ("a", "b")})
    assert (locations.candidate(A, "a"), locations.candidate(A, "c"), locations.candidate(B, "a")) == ("b", "a", None)
