"""Every fault at every request of a push: it ends right, or with an error that says what to do. Never is there a tag whose
blobs are missing, a wrong digest, a credential at another host, or an end later than the deadline."""

from __future__ import annotations

import dataclasses
import time

import pytest

from scratch_image.registry.deadline import Deadline
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.transport import Timeouts
from tests.support.faulty_pushes import FAULTS, IMAGE, QUICK, SLOW, SOON, STEPS, check, setting
from tests.support.pushes import push_of, run
from tests.support.registry_faults import Stall
from tests.support.registry_server import RegistryServer


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    monkeypatch.setattr("scratch_image.registry.batch._UPLOADS", 1)


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
        ran = run(plan, environment, SLOW)
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
            assert ran.error == "interrupted" and "were found or sent" in str(ran.results[0].state)
            if STEPS[number] == "finish":
                assert server.steps()[-1] == "DELETE upload" and not server.uploads
            if STEPS[number] == "PUT tag":
                assert "1 may have been set" in str(ran.results[0].state)
