"""Pins down what follows a redirect, and which addresses get no login."""

from __future__ import annotations

import pytest

from tests.support.authorized import publish
from tests.support.pushes import docker_config
from tests.support.registry_faults import Changed, Status
from tests.support.registry_messages import Response
from tests.support.registry_server import Fault, RegistryServer


class Moved(Fault):
    """A redirect to the storage, for one kind of request."""

    def __init__(self, status):
        self._status = status

    def before(self, server, request):
        query = "&".join(f"{key}={value}" for key, values in request.query.items() for value in values)
        return Response(self._status, {"Location": f"{server.url('storage')}{request.path}?{query}&signature=x"})


@pytest.mark.parametrize("step", ["HEAD blob", "HEAD tag", "finish", "PUT manifest"])
def test_a_redirect_gets_no_credential(step, tmp_path):
    with RegistryServer("token") as server:
        server.choose_fault = lambda request: Moved(307) if (request.step, request.host) == (step, "registry") else None
        assert publish(server, tmp_path, docker_config(tmp_path, server.address())).error == ""
        there = [request for request in server.log if request.host == "storage"]
        assert there and not [request for request in there if "authorization" in request.headers]
        assert server.incomplete() == server.violations == []


@pytest.mark.parametrize("status, followed", [(301, False), (302, False), (303, False), (307, True), (308, True)])
def test_only_two_redirects_keep_a_put(status, followed, tmp_path):
    """RFC 9110, section 15.4: the others would turn it into a GET."""
    with RegistryServer() as server:
        server.choose_fault = lambda request: (
            Moved(status) if (request.step, request.host) == ("finish", "registry") else None
        )
        ran = publish(server, tmp_path)
        assert (ran.error == "") is followed
        assert bool([request for request in server.log if request.host == "storage"]) is followed


def test_a_redirect_in_a_circle_ends(tmp_path):
    with RegistryServer() as server:
        server.choose_fault = lambda request: Moved(307)
        assert "redirects more than 5 times" in publish(server, tmp_path).error


def test_storage_that_may_not_be_asked_has_no_blob(tmp_path):
    with RegistryServer() as server:

        def choose(request):
            if request.step == "HEAD blob":
                return Moved(307) if request.host == "registry" else Status(403)
            return None

        server.choose_fault = choose
        assert publish(server, tmp_path).error == ""


def ask_for(realm):
    def change(server, request, response):
        response.headers["WWW-Authenticate"] = f'Bearer realm="{realm}",service="x"'

    return Changed(change)


@pytest.mark.parametrize(
    "realm, said",
    [
        ("http://169.254.169.254/token", "a link-local address"),
        ("ftp://r.example/", "not a URL of HTTP"),
        ("token", "not a URL of HTTP"),
    ],
)
def test_a_realm_that_gets_no_login(realm, said, tmp_path):
    with RegistryServer("token") as server:
        server.fail_step("ping", ask_for(realm))
        ran = publish(server, tmp_path, docker_config(tmp_path, server.address()))
        assert said in ran.error and server.steps() == ["ping"]


def test_a_token_server_that_redirects_is_not_followed(tmp_path):
    with RegistryServer("token") as server:
        server.fail_step("token", Moved(307))
        ran = publish(server, tmp_path, docker_config(tmp_path, server.address()))
        assert "the registry answered 307" in ran.error
        assert not [request for request in server.log if request.host == "storage"]
