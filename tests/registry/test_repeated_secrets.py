"""Pins down that no secret is shown that a registry or a token server repeats."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from scratch_image.registry.plan import PushPlan
from scratch_image.registry.secrets import BLANK, WITHHELD
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_messages import Response
from tests.support.registry_server import Fault, RegistryServer
from tests.support.shown_secrets import IMAGE, shown

# Registries that repeat what they get.


class Repeats(Fault):
    """An answer with the Authorization of the request in a place of it."""

    def __init__(self, where, encode, status=403):
        self._where, self._encode, self._status = where, encode, status

    def before(self, server, request):
        sent = request.headers.get("authorization", "")
        if not sent:
            return None
        text = self._encode(f"denied: {sent}")
        body = {"errors": [{"code": "DENIED", "message": "no"}]}
        headers = {}
        if self._where == "message":
            body["errors"][0]["message"] = text
        elif self._where == "code":
            body["errors"][0]["code"] = text
        elif self._where == "id":
            body, headers["X-Request-Id"] = None, text
        elif self._where == "warning":
            headers["Warning"] = '299 - "' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        elif self._where == "digest":
            self._status, headers["Docker-Content-Digest"] = 201, f"sha256:{text}"
        content = text if self._where == "body" else json.dumps(body) if body else ""
        return Response(self._status, headers, content.encode())


PLACES = ["message", "code", "id", "warning", "body"]


SAID = {
    "as it is": lambda text: text,
    "the value alone": lambda text: text.rpartition(" ")[2],
    "decoded": lambda text: base64.b64decode(text.rpartition(" ")[2] + "==").decode("latin-1"),
    "percent-encoded": lambda text: quote(text, safe=""),
    "JSON": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "behind much text": lambda text: "x" * 250 + " " + text,
    "behind many spaces": lambda text: " " * 5000 + text,
    "the first part": lambda text: text[: len(text) - 6],
}


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("kind", ["basic", "token"])
def test_a_registry_that_repeats_the_header(kind, where, said, tmp_path):
    if kind == "token" and said == "decoded":
        said = "the value alone"
    login = ("robot", "correct horse+battery/staple")
    with RegistryServer(kind, login=login) as server:
        server.choose_fault = lambda request: Repeats(where, SAID[said]) if request.step != "token" else None
        push = push_of(server, tmp_path, IMAGE)
        ran = run(PushPlan((push,), deadline=20), docker_config(tmp_path, server.address(), login))
        assert "403" in ran.error and shown(ran, login, server) == []
        assert BLANK in ran.everything


@pytest.mark.parametrize("where", PLACES)
def test_a_token_server_that_repeats_the_header(where, tmp_path):
    login = ("robot", "correct horse+battery/staple")
    with RegistryServer("token", login=login) as server:
        server.fail_step("token", Repeats(where, SAID["as it is"]))
        push = push_of(server, tmp_path, IMAGE)
        ran = run(PushPlan((push,), deadline=20), docker_config(tmp_path, server.address(), login))
        assert "403" in ran.error and shown(ran, login, server) == []


@pytest.mark.parametrize("password", ["a", "no", "1234", "short"])
@pytest.mark.parametrize("where", ["message", "body", "id"])
def test_a_registry_that_repeats_a_short_password(password, where, tmp_path):
    with RegistryServer("basic", login=("robot", password)) as server:
        server.choose_fault = lambda request: Repeats(where, SAID["decoded"])
        push = push_of(server, tmp_path, IMAGE)
        ran = run(PushPlan((push,), deadline=20), docker_config(tmp_path, server.address(), ("robot", password)))
        assert WITHHELD in ran.error and f"robot:{password}" not in ran.everything


def test_a_digest_that_is_a_secret(tmp_path):
    with RegistryServer("basic") as server:
        server.fail_step("PUT manifest", Repeats("digest", SAID["the value alone"]))
        push = push_of(server, tmp_path, IMAGE)
        ran = run(PushPlan((push,), deadline=20), docker_config(tmp_path, server.address()))
        assert "the registry says that it stored sha256:*** instead of" in ran.error


@pytest.mark.parametrize("location", ["https://{secret}.example/x", "http://{host}/{secret}", "http://{secret}"])
def test_a_location_that_is_a_secret(location, tmp_path):
    """The host of a wrong `Location` is named, unless it is what we sent."""
    login = ("robot", "correct-horse-battery")

    class Moved(Fault):
        def after(self, server, request, response):
            text = location.format(secret=login[1], host="127.0.0.1:1")
            response.headers["Location"] = text
            return response

    with RegistryServer("basic", login=login) as server:
        server.fail_step("begin", Moved())
        push = push_of(server, tmp_path, IMAGE)
        ran = run(PushPlan((push,), deadline=20), docker_config(tmp_path, server.address(), login))
        assert "directs" in ran.error and login[1] not in ran.everything
