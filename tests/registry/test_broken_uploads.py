"""Pins down that an upload that breaks goes on where it was, and that nothing wrong is stored."""

from __future__ import annotations

from collections import Counter

import pytest

from scratch_image.registry.plan import PushPlan
from tests.support.faulty_pushes import FAULTS, IMAGE, QUICK, SLOW, check
from tests.support.layouts import layout, program_archive
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_faults import BrokenBody, LostSession, ResetAfter, Status
from tests.support.registry_server import RegistryServer


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    monkeypatch.setattr("scratch_image.registry.batch._UPLOADS", 1)


# Large blobs.

LARGE = layout((program_archive(bytes(range(256)) * 60_000),), compression="none")


@pytest.fixture()
def small_chunks(monkeypatch):
    monkeypatch.setattr("scratch_image.registry.upload._CHUNK", 4 << 20)
    monkeypatch.setattr("scratch_image.registry.upload._SMALL_CHUNK", 1 << 20)


def interrupted(tmp_path, faults, **server_attributes):
    """Pushes the large image where the requests of each step fail as often as `faults` say: (server, run)."""
    server = RegistryServer()
    vars(server).update(server_attributes)
    left = {step: list(several) for step, several in faults.items()}

    def choose(request):
        large = request.step != "finish" or int(request.headers["content-length"]) > 10_000
        return left[request.step].pop(0) if left.get(request.step) and large else None

    server.choose_fault = choose
    with server:
        push = push_of(server, tmp_path, LARGE)
        ran = run(PushPlan((push,), deadline=20))
        assert server.incomplete() == server.violations == []
    return server, ran


SIZE = next(len(content) for path, content in LARGE.items() if len(content) > 15_000_000)


RESUMED = [
    # what fails, attributes of the registry, PATCHes, reason
    ({"finish": [BrokenBody(9_000_000)]}, {}, 2, "the rest of a broken PUT goes in chunks"),
    ({"finish": [BrokenBody(9_000_000)]}, {"keeps_partial": False}, 4, "nothing was kept: all of it goes in chunks"),
    ({"finish": [BrokenBody(9_000_000)], "PATCH upload": [BrokenBody(1_000_000)]}, {}, 3, "a chunk breaks too"),
    ({"finish": [BrokenBody(9_000_000)], "GET upload": [Status(404)]}, {}, 4, "a session that is gone"),
    ({"finish": [BrokenBody(9_000_000)], "PATCH upload": [LostSession()]}, {}, 5, "a session that goes while it goes on"),
    ({"finish": [BrokenBody(9_000_000)], "PATCH upload": [Status(416)]}, {}, 8, "smaller chunks"),
    ({"finish": [BrokenBody(9_000_000)], "PATCH upload": [Status(413)]}, {}, 8, "smaller chunks"),
    ({"finish": [BrokenBody(9_000_000)]}, {"takes_chunks": False, "keeps_partial": False}, 1, "a registry without chunks"),
    ({"finish": [BrokenBody(9_000_000)]}, {"minimum_chunk": 5_500_000}, 2, "chunks are as large as the registry demands"),
    ({"finish": [BrokenBody(9_000_000)], "PATCH upload": [ResetAfter(), ResetAfter()]}, {}, 2, "an answer is lost"),
    ({"finish": [ResetAfter()]}, {}, 0, "only the answer is lost"),
    ({"finish": [Status(503), Status(503)]}, {}, 4, "a registry that is busy"),
]


@pytest.mark.parametrize("faults, attributes, patches, reason", RESUMED, ids=[row[3] for row in RESUMED])
def test_a_broken_upload_goes_on(faults, attributes, patches, reason, small_chunks, tmp_path):
    server, ran = interrupted(tmp_path, faults, **attributes)
    assert ran.error == ""
    counts = Counter(server.steps())
    assert counts["PATCH upload"] == patches
    for request in server.log:
        if request.step == "PATCH upload":
            start, end = map(int, request.headers["content-range"].split("-"))
            length = int(request.headers["content-length"])
            assert end - start + 1 == length and (length >= server.minimum_chunk or end == SIZE - 1)
    assert not server.uploads or "truncated" in reason


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_while_an_upload_goes_on(name, monkeypatch, tmp_path):
    """As for every other request, for those that follow a break."""
    monkeypatch.setattr("scratch_image.registry.upload._CHUNK", 64 << 10)
    monkeypatch.setattr("scratch_image.registry.upload._SMALL_CHUNK", 16 << 10)
    fault, survived = FAULTS[name]
    files = layout((program_archive(bytes(range(256)) * 600),), compression="none")
    for step in ("GET upload", "PATCH upload", "finish", "begin", "HEAD blob"):
        with RegistryServer("token") as server:
            left = {"finish": [BrokenBody(50_000)], step: [fault]}
            if step == "finish":
                left[step].insert(0, BrokenBody(50_000))
            if step == "begin":
                left["GET upload"] = [Status(404)]

            def choose(request, left=left, server=server):
                broken = server.steps().index("finish") if "finish" in server.steps() else len(server.log)
                due = request.step == "finish" or request.number > broken
                return left[request.step].pop(0) if due and left.get(request.step) else None

            server.choose_fault = choose
            push = push_of(server, tmp_path / step.replace(" ", "-"), files)
            environment = docker_config(tmp_path / "docker", server.address())
            ran = run(PushPlan((push,), deadline=30), environment, QUICK if name == "stall" else SLOW)
            check(server, ran, push.root)
            assert left[step] == [], f"{step} was not reached"
            if survived or step == "GET upload":
                assert ran.error == "", f"{name} at {step}: {ran.error}"
            assert not ran.error or "\n  fix: " in ran.error


def test_what_the_registry_has_is_not_sent_again(small_chunks, tmp_path):
    server, _ = interrupted(tmp_path, {"finish": [BrokenBody(9_000_000)]})
    assert SIZE <= server.received < SIZE + 10_000


def test_a_layer_that_changes_is_never_stored(tmp_path):
    """Its size is right; that its bytes are not is seen while they are sent."""
    with RegistryServer() as server:
        push = push_of(server, tmp_path, IMAGE)
        blobs = (tmp_path / "team-a1" / "blobs" / "sha256").iterdir()
        path = next(each for each in blobs if each.read_bytes().startswith(b"\x1f\x8b"))
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        ran = run(PushPlan((push,), deadline=20))
        assert "it has other bytes" in ran.error
        assert path.name not in str(server.blobs) and server.tags.get("team/a", {}) == {}
