"""Pins down how a registry is given what it asks for: logins and tokens."""

from __future__ import annotations

import base64
import dataclasses
import json

import pytest

from scratch_image.registry.challenge import Challenge
from scratch_image.registry.login import Login
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.request import Request
from scratch_image.registry.request import Response as Answer
from scratch_image.registry.secrets import Secrets
from scratch_image.registry.tokens import TokenServer
from tests.support.authorized import IMAGE, REFRESH, basic, publish
from tests.support.pushes import LOGIN, docker_config, push_of, run
from tests.support.registry_faults import Changed, Status
from tests.support.registry_messages import Response
from tests.support.registry_server import Fault, RegistryServer


def test_basic_is_sent_after_it_was_asked_for(tmp_path):
    with RegistryServer("basic") as server:
        assert publish(server, tmp_path, docker_config(tmp_path, server.address())).error == ""
        assert [request.status for request in server.log].count(401) == 1
        sent = [request.headers.get("authorization") for request in server.log]
        assert sent == [None, *[basic(*LOGIN)] * (len(sent) - 1)]


def test_nothing_is_sent_that_was_not_asked_for(tmp_path):
    with RegistryServer() as server:
        assert publish(server, tmp_path, docker_config(tmp_path, server.address())).error == ""
        assert not [request for request in server.log if "authorization" in request.headers]


def test_a_token_is_asked_for_once(tmp_path):
    with RegistryServer("token") as server:
        assert publish(server, tmp_path, docker_config(tmp_path, server.address())).error == ""
        (asked,) = [request for request in server.log if request.step == "token"]
        assert asked.query == {"service": ["tests"], "scope": ["repository:team/a:pull,push"]}
        assert asked.headers["authorization"] == basic(*LOGIN)


def test_a_refresh_token_is_posted(tmp_path):
    with RegistryServer("token", refresh_token=REFRESH) as server:
        config = {"auths": {server.address(): {"identitytoken": REFRESH}}}
        (tmp_path / "config.json").write_text(json.dumps(config))
        assert publish(server, tmp_path, {"DOCKER_CONFIG": str(tmp_path)}).error == ""
        (asked,) = [request for request in server.log if request.step == "token"]
        assert (asked.method, asked.query) == ("POST", {}) and REFRESH.encode() in asked.body
        assert "authorization" not in asked.headers


def test_a_server_without_the_post_flow(tmp_path):
    """oauth.md: it answers 404; a name and a password beside the refresh token are used then."""
    with RegistryServer("token") as server:
        server.choose_fault = lambda request: Status(404) if request.method == "POST" and request.host == "tokens" else None
        auth = base64.b64encode(":".join(LOGIN).encode()).decode()
        config = {"auths": {server.address(): {"auth": auth, "identitytoken": REFRESH}}}
        (tmp_path / "config.json").write_text(json.dumps(config))
        assert publish(server, tmp_path, {"DOCKER_CONFIG": str(tmp_path)}).error == ""
        assert [request.method for request in server.log if request.step == "token"] == ["POST", "GET"]


def test_a_token_of_the_file_is_sent_as_it_is(tmp_path):
    with RegistryServer("token") as server:
        server.tokens["from-the-file"] = {"repository:team/a:pull", "repository:team/a:pull,push"}
        (tmp_path / "config.json").write_text(json.dumps({"auths": {server.address(): {"registrytoken": "from-the-file"}}}))
        assert publish(server, tmp_path, {"DOCKER_CONFIG": str(tmp_path)}).error == ""
        assert "token" not in server.steps()


def test_a_token_is_renewed_before_it_ends(tmp_path):
    """Waits move the clock on: after 100 seconds a token of 60 has ended."""
    with RegistryServer("token", token_seconds=60) as server:
        busy = Status(503, headers={"Retry-After": "100"})
        server.choose_fault = lambda request: (
            busy if server.steps().count(request.step) == 1 == (request.step == "begin") else None
        )
        push = push_of(server, tmp_path, IMAGE)
        ran = run(PushPlan((push,), deadline=1000), docker_config(tmp_path, server.address()))
        assert ran.error == "" and server.steps().count("token") == 2
        assert [request.status for request in server.log].count(401) == 1


REFUSED = [
    # kind of registry, config.json's auths for it, the message, reason
    ("basic", None, "no login for {address} was found", "no login"),
    ("basic", ("robot", "wrong"), "looking for 1: the registry answered 401 (request request-7)", "a wrong password"),
    ("token", None, "requesting a token at {tokens}/token: the registry answered 401", "no login, for a token"),
    ("token", ("robot", "incorrect"), "wrong name or password", "a wrong password, for a token"),
    ("token", ("robot", "wrong"), "(withheld, because the text holds a credential)", "a short password in the answer"),
]


@pytest.mark.parametrize("kind, login, said, reason", REFUSED, ids=[row[3] for row in REFUSED])
def test_refused(kind, login, said, reason, tmp_path):
    with RegistryServer(kind) as server:
        environment = docker_config(tmp_path, server.address(), login) if login else {}
        error = publish(server, tmp_path, environment).error
        assert said.format(address=server.address(), tokens=server.url("tokens")) in error
        assert "docker login" in error and "wrong " + "password" not in error
        assert len(server.log) <= 4


def test_a_helper_that_failed_is_told_where_the_registry_refuses_us(tmp_path):
    with RegistryServer("basic") as server:
        (tmp_path / "config.json").write_text(json.dumps({"credsStore": "nowhere"}))
        error = publish(server, tmp_path, {"DOCKER_CONFIG": str(tmp_path), "PATH": ""}).error
        assert "the credential helper 'docker-credential-nowhere' is not on PATH" in error


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"token": 7}', b'{"token": "a\\r\\nX: y"}', b'{"secret": "hunter2-password"}']
)
def test_an_answer_without_a_token(body, tmp_path):
    def change(server, request, response):
        response.body = body

    with RegistryServer("token") as server:
        server.fail_step("token", Changed(change))
        ran = publish(server, tmp_path, docker_config(tmp_path, server.address()))
        assert "answered 200 without a valid token" in ran.error


def test_a_warning_is_told_once(tmp_path):
    def change(server, request, response):
        response.headers["Warning"] = '299 - "this registry \\"closes\\" soon"'

    with RegistryServer() as server:
        server.choose_fault = lambda request: Changed(change)
        ran = publish(server, tmp_path)
        assert ran.said.count(f'{server.address()} warns: this registry "closes" soon') == 1


def test_a_message_can_not_rewrite_the_terminal(tmp_path):
    with RegistryServer() as server:
        body = json.dumps({"errors": [{"code": "DENIED", "message": "no\x1b[2K\r\nsrc: published" + "x" * 5000}]}).encode()
        server.fail_step("begin", type("Said", (Fault,), {"before": lambda *_: Response(403, {}, body)})())
        error = publish(server, tmp_path).error
        assert "DENIED: no\\x1b[2K src: published" in error and "\x1b" not in error and len(error) < 800


def test_other_repositories_of_a_registry_have_other_logins(tmp_path):
    """containers-auth.json(5); the registry of the test takes only one of them."""
    with RegistryServer("basic") as server:
        good, bad = (base64.b64encode(f"robot:{password}".encode()).decode() for password in (LOGIN[1], "wrong"))
        config = {"auths": {server.address(): {"auth": bad}, f"{server.address()}/team/a": {"auth": good}}}
        (tmp_path / "auth.json").write_text(json.dumps(config))
        push = push_of(server, tmp_path, IMAGE)
        other = dataclasses.replace(push, repository="team/b")
        ran = run(PushPlan((push, other), deadline=20), {"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")})
        assert [bool(result.error) for result in ran.results] == [False, True]


def test_only_the_tokens_of_an_answer_are_secrets(tmp_path):
    """A scope and a number of seconds are in many texts."""

    def change(server, request, response):
        response.body = json.dumps(
            {**json.loads(response.body), "expires_in": "300", "scope": "pull", "x": "denied"}
        ).encode()

    with RegistryServer("token") as server:
        server.choose_fault = lambda request: (
            Changed(change) if request.step == "token" else Status(403, "DENIED") if request.step == "begin" else None
        )
        error = publish(server, tmp_path, docker_config(tmp_path, server.address())).error
        assert "the registry answered 403 DENIED: answer 403 of the test" in error


EXPIRES = [
    # the value in the answer, the seconds that the token is used, reason
    (300, 290.0, "a number"),
    ("300", 290.0, "digits"),
    (300.5, 290.5, "a fraction"),
    (None, 50.0, "nothing"),
    (1, 50.0, "at least a minute"),
    (-5, 50.0, "less than nothing"),
    (10**400, 86390.0, "400 digits"),
    ("9" * 400, 86390.0, "400 digits in a text"),
    (float("inf"), 86390.0, "for ever"),
    (float("nan"), 50.0, "no number"),
    ("soon", 50.0, "a word"),
    ([], 50.0, "a list"),
    ({"a": 1}, 50.0, "an object"),
    (True, 50.0, "a truth"),
    ("\ud800", 50.0, "half a character"),
]


@pytest.mark.parametrize("expires, want, reason", EXPIRES, ids=[row[2] for row in EXPIRES])
def test_how_long_a_token_is_used(expires, want, reason):
    answer = Answer(
        Request("x", "GET", "https://r.example"), 200, {}, json.dumps({"token": "t", "expires_in": expires}).encode()
    )
    server = TokenServer(
        Challenge("bearer", {"realm": "https://r.example"}), Login(), lambda _: answer, lambda: 0.0, Secrets()
    )
    assert server.token(("x",), 0.0) == "t"
    (token,) = server._tokens.values()
    assert token.end == want


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"token":' * 50_000, b"\xff\xfe\x00", b'{"token": "\xc3\xa9"}', b'{"token": "a b"}']
)
def test_an_answer_that_is_no_json(body, tmp_path):
    def change(server, request, response):
        response.body = body

    with RegistryServer("token") as server:
        server.fail_step("token", Changed(change))
        ran = publish(server, tmp_path, docker_config(tmp_path, server.address()))
        assert "answered 200 without a valid token" in ran.error
