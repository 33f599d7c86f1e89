"""Pins down that certificates are checked, that only the registry gets the client's, and the errors of TLS."""

from __future__ import annotations

import dataclasses
import http.server
import select
import socket
import ssl
import threading

import pytest

from scratch_image.registry.plan import PushPlan, RegistrySettings
from tests.support import tls
from tests.support.layouts import layout
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_faults import Changed
from tests.support.registry_server import RegistryServer

IMAGE = layout()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return tls.write(tmp_path_factory.mktemp("tls"))


def publish(server, tmp_path, environment=None, **settings):
    push = push_of(server, tmp_path, IMAGE)
    plan = PushPlan((push,), (RegistrySettings(server.address(), **settings),), deadline=20)
    return run(plan, environment)


def test_an_authority_that_is_named(files, tmp_path):
    with RegistryServer(tls=files.server_context()) as server:
        assert publish(server, tmp_path, ca_file=files.authority).error == ""


def test_an_authority_of_the_environment(files, tmp_path):
    with RegistryServer(tls=files.server_context()) as server:
        assert publish(server, tmp_path, {"SSL_CERT_FILE": files.authority}, insecure=False).error == ""


def test_tokens_over_tls(files, tmp_path):
    with RegistryServer("token", tls=files.server_context()) as server:
        environment = docker_config(tmp_path, server.address())
        assert publish(server, tmp_path, environment, ca_file=files.authority).error == ""


def test_a_client_certificate(files, tmp_path):
    with RegistryServer(tls=files.server_context(True)) as server:
        settings = {"ca_file": files.authority, "client_certificate": files.client, "client_key": files.client_key}
        assert publish(server, tmp_path, **settings).error == ""


WRONG = [
    # settings, the message, reason
    ({"insecure": False}, " is not valid: ", "an unknown authority"),
    ({"ca_file": "{dir}/none.pem"}, "none.pem cannot be used for TLS: No such file or directory", "no file"),
    ({"ca_file": "{dir}/empty.pem"}, "empty.pem cannot be used for TLS: ", "no certificate in the file"),
    (
        {"ca_file": "{files.authority}", "client_certificate": "{files.client}", "client_key": "{files.server_key}"},
        "cannot be used for TLS: ",
        "the key of another certificate",
    ),
    (
        {"ca_file": "{files.authority}", "client_certificate": "{files.client}", "client_key": "{files.locked}"},
        "cannot be used for TLS: ",
        "a key with a password, for which nobody is prompted",
    ),
]


@pytest.mark.parametrize("settings, said, reason", WRONG, ids=[row[2] for row in WRONG])
def test_wrong_settings(settings, said, reason, files, tmp_path):
    (tmp_path / "empty.pem").write_bytes(b"")
    settings = {
        key: value.format(dir=tmp_path, files=files) if isinstance(value, str) else value for key, value in settings.items()
    }
    with RegistryServer(tls=files.server_context()) as server:
        ran = publish(server, tmp_path, **settings)
        assert said in ran.error and ran.waits == [] and server.log == []


def test_another_name(tmp_path):
    """The certificate is for a name and 127.0.0.1, and the registry is called by another."""
    files = tls.write(tmp_path / "other", "registry.example")
    with RegistryServer(tls=files.server_context()) as server:
        push = push_of(server, tmp_path, IMAGE)
        address = server.address().replace("127.0.0.1", "localhost")
        push = dataclasses.replace(push, registry=address)
        ran = run(PushPlan((push,), (RegistrySettings(address, ca_file=files.authority),), deadline=20))
        assert "is not valid: Hostname mismatch" in ran.error and ran.waits == []


def test_a_registry_that_wants_a_certificate(files, tmp_path):
    with RegistryServer(tls=files.server_context(True)) as server:
        ran = publish(server, tmp_path, ca_file=files.authority)
        assert ran.error and server.log == [] and "fix: " in ran.error


def test_plain_http_where_tls_was_asked_for(tmp_path):
    with RegistryServer() as server:
        ran = publish(server, tmp_path, insecure=False)
        assert "does not speak TLS\n  fix: set the registry's `insecure = true`" in ran.error and ran.waits == []


def test_our_certificate_is_not_shown_elsewhere(files, tmp_path):
    """Both the registry and a storage at another name would take it."""
    context = files.server_context(True)
    context.verify_mode = ssl.CERT_OPTIONAL

    def elsewhere(server, request, response):
        if response.status == 202:
            there = server.url("storage").replace("127.0.0.1", "localhost")
            response.headers["Location"] = response.headers["Location"].replace(server.url("registry"), there)

    with RegistryServer(tls=context) as server:
        server.choose_fault = lambda request: Changed(elsewhere)
        settings = {"ca_file": files.authority, "client_certificate": files.client, "client_key": files.client_key}
        assert publish(server, tmp_path, **settings).error == ""
        assert {(request.host, request.certificate) for request in server.log} == {("registry", True), ("storage", False)}


class Proxy(http.server.BaseHTTPRequestHandler):
    """Tunnels, and notes what it was asked."""

    asked: list = []

    def do_CONNECT(self):
        self.asked.append((self.path, self.headers.get("Proxy-Authorization")))
        port = self.path.rpartition(":")[2]
        with socket.create_connection(("127.0.0.1", int(port))) as there:
            self.send_response(200)
            self.end_headers()
            ends = [self.connection, there]
            while True:
                for ready in select.select(ends, [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    ends[ready is self.connection].sendall(data)

    def log_message(self, *_):
        pass


def test_a_proxy(files, tmp_path, monkeypatch):
    """The registry's name is one that only the proxy can reach."""
    files = tls.write(tmp_path / "tls", "registry.example")
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        with RegistryServer("basic", tls=files.server_context()) as server:
            push = push_of(server, tmp_path, IMAGE)
            address = server.address().replace("127.0.0.1", "registry.example")
            push = dataclasses.replace(push, registry=address)
            plan = PushPlan((push,), (RegistrySettings(address, ca_file=files.authority),), deadline=20)
            environment = {
                **docker_config(tmp_path, address),
                "HTTPS_PROXY": f"http://anna:proxy-secret@127.0.0.1:{proxy.server_address[1]}",
            }
            monkeypatch.setattr(type(server), "url", lambda self, host: f"https://{address}")
            ran = run(plan, environment)
            assert ran.error == "" and "proxy-secret" not in ran.everything
            assert Proxy.asked[0] == (address, "Basic YW5uYTpwcm94eS1zZWNyZXQ=")
            assert not [request for request in server.log if "proxy-authorization" in request.headers]
    finally:
        proxy.shutdown()
        proxy.server_close()


def test_a_proxy_of_plain_http(tmp_path, monkeypatch):
    """It is sent whole URLs; here it is the registry itself that gets them."""
    with RegistryServer("basic") as server:
        address = "registry.example:5000"
        push = dataclasses.replace(push_of(server, tmp_path, IMAGE), registry=address)
        proxy = f"http://anna:proxy-secret@{server.address()}"
        environment = {**docker_config(tmp_path, address), "HTTP_PROXY": proxy}
        monkeypatch.setattr(type(server), "url", lambda self, host: f"http://{address}")
        ran = run(PushPlan((push,), (RegistrySettings(address, insecure=True),), deadline=20), environment)
        assert ran.error == "" and "proxy-secret" not in ran.everything
        assert {request.headers["host"] for request in server.log} == {address}
        assert {request.headers["proxy-authorization"] for request in server.log} == {"Basic YW5uYTpwcm94eS1zZWNyZXQ="}


@pytest.mark.parametrize("insecure", [True, False])
def test_a_proxy_that_does_not_answer(tmp_path, insecure):
    """The cure is about the proxy, not about time."""
    with RegistryServer("basic") as server:
        push = dataclasses.replace(push_of(server, tmp_path, IMAGE), registry="registry.example:5000")
        settings = (RegistrySettings(push.registry, insecure=insecure),)
        ran = run(
            PushPlan((push,), settings, deadline=5), dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:1")
        )
        assert "://registry.example:5000 cannot be reached through the proxy" in ran.error
        assert ran.error.endswith("list the host in NO_PROXY if this machine connects to it by itself")
