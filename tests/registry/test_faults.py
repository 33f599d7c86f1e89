"""Every fault at every request of a push: it ends right, or with an error that says what to do. Never is there a tag whose
blobs are missing, a wrong digest, a credential at another host, or an end later than the deadline."""

from __future__ import annotations

import dataclasses
import json
import time
from collections import Counter

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.registry import location_cache
from scratch_image.registry.deadline import Deadline
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.transport import Timeouts
from tests.support.layouts import layout, program_archive
from tests.support.pushes import LOGIN, docker_config, push_of, run
from tests.support.registry_faults import (
    AcceptedMount,
    BrokenBody,
    Changed,
    ExpiredTokens,
    LostSession,
    ResetAfter,
    ResetBefore,
    Stall,
    Status,
    Truncated,
    Unauthorized,
    foreign_location,
    no_digest,
    relative_location,
    wrong_digest,
)
from tests.support.registry_server import RegistryServer

IMAGE = layout((program_archive(b"shared"), program_archive(b"own")))
# For what never answers; and for all else, on a machine that does other things as well.
QUICK, SLOW = Timeouts(0.3, 0.3), Timeouts(10, 10)
# Seconds in which a run ends that must not wait for Stall, which takes 30.
SOON = 20

FAULTS = {
    # name: (fault, whether one of it is always survived)
    "401": (Unauthorized(), True),
    "429": (Status(429, "TOOMANYREQUESTS", {"Retry-After": "7"}), True),
    "429 until a date": (Status(429, "TOOMANYREQUESTS", {"Retry-After": "Fri, 15 Jan 2027 08:00:10 GMT"}), True),
    "500": (Status(500), True),
    "502": (Status(502), True),
    "503": (Status(503), True),
    "reset before the body": (ResetBefore(), True),
    "reset after the body": (ResetAfter(), True),
    "truncated": (Truncated(), True),
    "stall": (Stall(), True),
    "relative Location": (Changed(relative_location), True),
    "foreign Location": (Changed(foreign_location), True),
    "202 on mount": (AcceptedMount(), True),
    "wrong digest": (Changed(wrong_digest), False),
    "no digest": (Changed(no_digest), True),
    "lost sessions": (LostSession(), True),
    "expired tokens": (ExpiredTokens(), True),
    "400": (Status(400), False),
    "403": (Status(403, "DENIED"), False),
    "404": (Status(404), False),
    "405": (Status(405, "UNSUPPORTED"), False),
    "413": (Status(413), False),
    "415": (Status(415), False),
}
# A push with a token, a blob mounted from another repository, one sent, and read back; in the order of the requests.
STEPS = [
    *("ping", "token", "HEAD tag", "HEAD manifest", "HEAD blob", "token", "mount", "HEAD blob", "begin", "finish"),
    *("HEAD blob", "begin", "finish", "PUT manifest", "PUT tag", "GET manifest", "GET tag"),
]


def setting(server, tmp_path):
    """A registry that has a layer of the image in another repository, and the client knows: (plan, environment)."""
    push = push_of(server, tmp_path, IMAGE)
    layer = json.loads(IMAGE[push.root.blob_path])["layers"][0]["digest"]
    server.blobs[layer] = IMAGE[Digest.parse(layer).blob_path]
    server.repositories["team/other"] = {layer}
    location_cache.write(str(tmp_path / "known.json"), {server.address(): {layer: ("team/other",)}})
    environment = docker_config(tmp_path / "docker", server.address())
    return PushPlan((push,), deadline=20, read_back=True, known=str(tmp_path / "known.json")), environment


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    monkeypatch.setattr("scratch_image.registry.batch._UPLOADS", 1)


def check(server, ran, root):
    """What holds after every run."""
    assert server.incomplete() == [] and server.violations == []
    if any(not result.error for result in ran.results):
        assert server.tags["team/a"] == {"1": str(root)}
    secrets = [LOGIN[1], *server.tokens]
    assert not [secret for secret in secrets if secret in ran.everything]
    for request in server.log:
        if request.host == "storage":
            assert "authorization" not in request.headers
        if request.host == "registry":
            assert not request.headers.get("authorization", "").startswith("Basic")


def test_the_requests_of_a_push(tmp_path):
    with RegistryServer("token") as server:
        plan, environment = setting(server, tmp_path)
        assert run(plan, environment).error == ""
        assert server.steps() == STEPS


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_at_each_request(name, tmp_path):
    fault, survived = FAULTS[name]
    for number in range(len(STEPS)):
        with RegistryServer("token") as server:
            plan, environment = setting(server, tmp_path / str(number))
            server.fail(number, fault)
            ran = run(plan, environment, QUICK if name == "stall" else SLOW)
            where = f"{name} at {number}, {STEPS[number]}: {ran.error}"
            check(server, ran, plan.pushes[0].root)
            if survived and not (name == "401" and STEPS[number] == "token"):
                assert ran.error == "", where
            if ran.error:
                assert "\n  fix: " in ran.error and "Traceback" not in ran.error, where
                assert str(ran.results[0].state), where
            if name.startswith("429"):
                assert ran.waits == [7.0] or ran.waits == [10.0], where


# Where an answer is final: the message.
FINAL = [
    ("401", "token", "requesting a token at http://"),
    ("400", "PUT tag", "tagging 1: the registry answered 400 UNKNOWN: answer 400 of the test (request request-7)"),
    ("403", "begin", "the registry answered 403 DENIED: answer 403 of the test (request request-7)"),
    ("403", "HEAD tag", "looking for 1: the registry answered 403"),
    ("405", "PUT manifest", "the registry answered 405 UNSUPPORTED: answer 405 of the test (request request-7)"),
    ("413", "finish", "fix: raise the size limit of requests in the registry, or in the proxy in front of it"),
    ("415", "PUT manifest", "fix: use a registry that accepts OCI images"),
    ("wrong digest", "finish", f"the registry says that it stored sha256:{'0' * 64} instead of sha256:"),
    ("wrong digest", "PUT manifest", f"the registry says that it stored sha256:{'0' * 64} instead of sha256:"),
    ("wrong digest", "PUT tag", f"the registry says that it stored sha256:{'0' * 64} instead of sha256:"),
]


@pytest.mark.parametrize("name, step, said", FINAL)
def test_what_is_final_is_told(name, step, said, tmp_path):
    with RegistryServer("token") as server:
        plan, environment = setting(server, tmp_path)
        server.fail(STEPS.index(step), FAULTS[name][0])
        ran = run(plan, environment, QUICK)
        assert said in ran.error and ran.waits == []
        if step != "PUT tag":
            assert str(ran.results[0].state).endswith("no tag was changed")


LASTING = ["401", "429", "503", "reset before the body", "reset after the body", "truncated", "stall", "expired tokens"]


@pytest.mark.parametrize("name", LASTING)
def test_a_fault_that_lasts(name, tmp_path):
    """It ends by the number of attempts or by the deadline, and says which."""
    fault, _ = FAULTS[name]
    for step in dict.fromkeys(STEPS):
        with RegistryServer("token") as server:
            plan, environment = setting(server, tmp_path / step.replace(" ", "-"))
            server.fail_step(step, fault)
            begin = time.monotonic()
            # A ping is answered with 401, a mount is never needed, and an action whose response is lost may have been done.
            harmless = (step, name) in (("ping", "401"), ("ping", "expired tokens"), ("token", "expired tokens"))
            timeouts = Timeouts(0.1, 0.1) if name == "stall" else SLOW
            ran = run(dataclasses.replace(plan, deadline=20.0 if harmless else 1.0), environment, timeouts)
            assert time.monotonic() - begin < SOON, f"{name} at every {step}"
            check(server, ran, plan.pushes[0].root)
            if harmless:
                assert ran.error == ""
            elif step != "mount" and not (name in ("truncated", "reset after the body") and "HEAD" not in step):
                assert name == "truncated" or ran.error, f"{name} at every {step}"


def test_a_drip_ends_at_the_deadline(tmp_path):
    """Every byte comes within the timeout, and the answer never ends."""
    import socket
    import threading

    listener = socket.create_server(("127.0.0.1", 0))

    def drip():
        connection, _ = listener.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.05)
            except OSError:
                pass

    threading.Thread(target=drip, daemon=True).start()
    with RegistryServer() as server:
        push = dataclasses.replace(push_of(server, tmp_path, IMAGE), registry=f"127.0.0.1:{listener.getsockname()[1]}")
    begin = time.monotonic()
    ran = run(PushPlan((push,), deadline=0.7), really_wait=True)
    listener.close()
    assert time.monotonic() - begin < SOON
    assert "the deadline of 0.7 s has passed" in ran.error


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


def test_an_interrupt_leaves_the_registry_right(tmp_path):
    """At any request; the state of the push is reported, and its upload session is cancelled."""
    for number in range(len(STEPS)):
        with RegistryServer("token") as server:
            plan, environment = setting(server, tmp_path / str(number))
            deadline = Deadline(20)

            def choose(request, deadline=deadline, number=number):
                if request.number == number:
                    deadline.interrupt()
                    return Stall()
                return None

            server.choose_fault = choose
            begin = time.monotonic()
            ran = run(plan, environment, deadline=deadline)
            assert time.monotonic() - begin < SOON, STEPS[number]
            check(server, ran, plan.pushes[0].root)
            assert ran.error == "interrupted" and "are in the repository" in str(ran.results[0].state)
            if STEPS[number] == "finish":
                assert server.steps()[-1] == "DELETE upload" and not server.uploads
            if STEPS[number] == "PUT tag":
                assert "1 may have been set" in str(ran.results[0].state)
