"""Pins down that a wrong `Location`, realm or redirect is blamed on the place that it names, and at once."""

from __future__ import annotations

import base64
import json
import socket
import time

import pytest

from scratch_image.oci.platform import Platform
from scratch_image.registry.plan import PushPlan, RegistrySettings
from tests.support import tls
from tests.support.layouts import image, index_of, layout, program_archive
from tests.support.programs import AARCH64, elf
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_faults import Changed, Status
from tests.support.registry_messages import Response, error
from tests.support.registry_server import Fault, RegistryServer

IMAGE = layout()
ARM64 = image((program_archive(elf(AARCH64)),), platform=Platform("linux", "arm64", "v8"))
INDEX = index_of(image(), ARM64)


@pytest.fixture()
def closed():
    """A port on which nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


class Located(Fault):
    """The session is at another place."""

    def __init__(self, where):
        self._where = where

    def after(self, server, request, response):
        if response.status == 202:
            response.headers["Location"] = response.headers["Location"].replace(server.url("registry"), self._where)
        return response


class Redirected(Fault):
    def __init__(self, where):
        self._where = where

    def before(self, server, request):
        return Response(307, {"Location": f"{self._where}{request.path}"}) if request.host == "registry" else None


def realm(where):
    def change(server, request, response):
        response.headers["WWW-Authenticate"] = f'Bearer realm="{where}/token",service="x"'

    return Changed(change)


ANOTHER_PORT, ANOTHER_HOST = "http://127.0.0.1:{closed}", "http://localhost:{closed}"
REFUSING = [
    # step, what goes wrong there, the place, what is being done, reason
    ("begin", Located, ANOTHER_PORT, "sending blob sha256:", "an upload at another port"),
    ("begin", Located, ANOTHER_HOST, "sending blob sha256:", "an upload at another host"),
    ("begin", Located, "http://no-such-host.invalid", "sending blob sha256:", "an upload at a name that is none"),
    ("HEAD blob", Redirected, ANOTHER_PORT, "looking for blob sha256:", "a redirect of a question"),
    ("HEAD tag", Redirected, ANOTHER_HOST, "looking for 1", "a redirect of a manifest"),
    ("PUT manifest", Redirected, ANOTHER_PORT, "storing manifest sha256:", "a redirect of a manifest that is sent"),
    ("PUT tag", Redirected, ANOTHER_PORT, "tagging 1", "a redirect of a tag"),
    ("finish", Redirected, ANOTHER_PORT, "sending blob sha256:", "a redirect of a blob"),
    ("ping", Redirected, ANOTHER_PORT, "checking that this is a registry", "a redirect of the first request"),
]


def misdirected(server, tmp_path, step, fault, files=IMAGE, auth=False, **settings):
    """(error, seconds)"""
    server.fail_step(step, fault)
    push = push_of(server, tmp_path, files)
    environment = docker_config(tmp_path / "docker", server.address()) if auth else {}
    begin = time.monotonic()
    ran = run(PushPlan((push,), (RegistrySettings(server.address(), **settings),), deadline=60), environment)
    assert ran.waits == [] and time.monotonic() - begin < 40
    assert server.tags.get("team/a", {}) == {} and server.violations == []
    return ran.error


@pytest.mark.parametrize("step, kind, where, action, reason", REFUSING, ids=[row[4] for row in REFUSING])
def test_a_place_that_refuses(step, kind, where, action, reason, closed, tmp_path):
    place = where.format(closed=closed)
    with RegistryServer() as server:
        said = misdirected(server, tmp_path, step, kind(place))
        assert said.startswith(action)
        assert f": {server.address()} directs us to another place: {place} " in said
        assert "\n  fix: let the registry announce its own address in `Location`" in said and "deadline" not in said


def test_a_realm_that_refuses(closed, tmp_path):
    with RegistryServer("token") as server:
        said = misdirected(server, tmp_path, "ping", realm(f"http://127.0.0.1:{closed}"), auth=True)
        assert f"{server.address()} directs us to another place: http://127.0.0.1:{closed} cannot be connected to" in said


@pytest.mark.parametrize("auth", ["none", "basic", "token"])
def test_a_place_that_wants_a_login(auth, tmp_path):
    """It gets none: only the registry's own origin does."""
    with RegistryServer(auth) as server:

        def choose(request):
            if request.host == "storage":
                return Status(401, "UNAUTHORIZED")
            return Located(server.url("storage")) if request.step == "begin" else None

        server.choose_fault = choose
        push = push_of(server, tmp_path, IMAGE)
        ran = run(PushPlan((push,), deadline=60), docker_config(tmp_path / "docker", server.address()))
        assert f"{server.url('storage')}, to which the registry directs us, answered 401 UNAUTHORIZED" in ran.error
        assert "fix: let the registry announce its own address in `Location`" in ran.error and ran.waits == []
        assert not [each for each in server.log if each.host == "storage" and "authorization" in each.headers]


OTHERS = [
    # status that the place answers to the bytes, what is said, reason
    (400, "answered 400 UNKNOWN", "rejected"),
    (403, "answered 403 UNKNOWN", "forbidden"),
    (404, "directs us to {storage}, which answers 404, and the registry does not get the blob", "not known there"),
    (405, "answered 405 UNKNOWN", "no such method"),
    (200, "directs us to {storage}, which answers 200, and the registry does not get the blob", "a page"),
    (503, "{storage}, to which the registry directs us, answered 503", "out of order"),
]


@pytest.mark.parametrize("status, said, reason", OTHERS, ids=[row[2] for row in OTHERS])
def test_what_another_place_answers_is_not_said_of_the_registry(status, said, reason, tmp_path):
    with RegistryServer() as server:

        def choose(request):
            if request.host == "storage":
                return Status(status)
            return Located(server.url("storage")) if request.step == "begin" else None

        server.choose_fault = choose
        push = push_of(server, tmp_path, IMAGE)
        ran = run(PushPlan((push,), deadline=60))
        assert said.format(storage=server.url("storage")) in ran.error and "the registry answered" not in ran.error
        # What may pass is waited for, wherever it is.
        assert status == 503 or len(ran.waits) <= 2


def test_a_place_that_speaks_no_tls(tmp_path):
    files = tls.write(tmp_path / "tls")
    with RegistryServer(tls=files.server_context()) as server, RegistryServer() as plain:
        where = plain.url("registry").replace("http:", "https:")
        said = misdirected(server, tmp_path, "begin", Located(where), ca_file=files.authority)
        assert f"directs us to another place: {where} does not speak TLS" in said
        assert "let the registry announce its own address" in said


def test_a_place_whose_certificate_is_another(tmp_path):
    files, others = tls.write(tmp_path / "tls"), tls.write(tmp_path / "others")
    with RegistryServer(tls=files.server_context()) as server, RegistryServer(tls=others.server_context()) as other:
        said = misdirected(server, tmp_path, "begin", Located(other.url("registry")), ca_file=files.authority)
        assert f"directs us to another place: the certificate of {other.url('registry')} is not valid" in said
        assert "fix: set the registry's `ca_file` to the certificate of its authority; or let the registry announce" in said


def test_a_registry_that_restarts_is_waited_for(tmp_path, closed):
    """Nobody listens at the registry itself: that may pass."""
    with RegistryServer() as server:
        push = push_of(server, tmp_path, IMAGE)
        gone = type(push)(**{**vars(push), "registry": f"127.0.0.1:{closed}"})
        ran = run(PushPlan((gone,), deadline=60))
        assert len(ran.waits) >= 5 and "cannot be connected to" in ran.error


# An index alone.


class RefusesIndexes(Fault):
    def __init__(self, status, code):
        self._answer = error(status, code, "manifest invalid") if code else Response(status, {}, b"")

    def before(self, server, request):
        is_index = request.headers.get("content-type") == "application/vnd.oci.image.index.v1+json"
        return self._answer if is_index else None


@pytest.mark.parametrize(
    "status, code, alone",
    [
        (400, "MANIFEST_INVALID", True),
        (400, "", True),
        (405, "UNSUPPORTED", True),
        (415, "", True),
        (400, "NAME_INVALID", False),
        (403, "DENIED", False),
    ],
)
def test_a_registry_that_takes_no_index(status, code, alone, tmp_path):
    with RegistryServer() as server:
        server.choose_fault = lambda request: RefusesIndexes(status, code)
        ran = run(PushPlan((push_of(server, tmp_path, INDEX),), deadline=20))
        assert f"the registry answered {status}" in ran.error
        said = (
            "it took the manifests of this image index, but it does not take the index\n  fix: use a registry that accepts"
        )
        assert (said in ran.error) is alone
        # A single image is not blamed on indexes.
        server.choose_fault = lambda request: Status(status, code or "UNKNOWN") if request.step == "PUT manifest" else None
        ran = run(PushPlan((push_of(server, tmp_path / "one", IMAGE, "team/b"),), deadline=20))
        assert f"answered {status}" in ran.error and "index" not in ran.error


def test_a_place_elsewhere_gets_no_password_of_a_location(tmp_path):
    """A `Location` with a login is none that may be followed."""
    with RegistryServer() as server:
        said = misdirected(server, tmp_path, "begin", Located("http://anna:s3cret-x@127.0.0.1"))
        assert "something that is not a URL of HTTP" in said and "s3cret" not in said


def test_a_realm_with_a_login_in_its_path_is_shown_without_it(tmp_path):
    with RegistryServer("token") as server:
        auth = base64.b64encode(b"robot:correct-horse-battery").decode()
        (tmp_path / "config.json").write_text(json.dumps({"auths": {server.address(): {"auth": auth}}}))
        server.fail_step("ping", realm(f"{server.url('tokens')}/correct-horse-battery"))
        ran = run(PushPlan((push_of(server, tmp_path, IMAGE),), deadline=20), {"DOCKER_CONFIG": str(tmp_path)})
        assert "/***/token: the registry answered 401" in ran.error and "correct-horse" not in ran.everything
