"""Registries that are not ours, started for a test: Debian's docker-registry, and crane's."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tests.support import tls
from tests.support.certificates import NO_CA, Issued
from tests.support.tools import require

LOGIN = ("robot", "hunter2-password")
# `htpasswd -nbB -C 4 robot hunter2-password`: the registry reads no other kind of hash.
HTPASSWD = "robot:$2y$04$AiISrKvVLAiFeJUsTetom.N7YV4r2CrVs7YvVIVGhKVOptZoWgswK"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def docker_registry(directory: Path, auth: str = "none", files: Optional[tls.Files] = None) -> Iterator[str]:
    """Its address. `auth` is `none`, `htpasswd` or `token`; with `files` it speaks TLS, and asks for a certificate."""
    directory.mkdir(parents=True, exist_ok=True)
    address = f"127.0.0.1:{free_port()}"
    config: Dict[str, object] = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(directory / "data")}, "delete": {"enabled": True}},
        "http": {"addr": address, "secret": "of the test"},
    }
    if files:
        config["http"] = {
            "addr": address,
            "tls": {"certificate": files.server, "key": files.server_key, "clientcas": [files.authority]},
        }
    if auth == "htpasswd":
        (directory / "htpasswd").write_text(f"{HTPASSWD}\n")
        config["auth"] = {"htpasswd": {"realm": "tests", "path": str(directory / "htpasswd")}}
    with TokenServer(directory) as tokens:
        if auth == "token":
            config["auth"] = {
                "token": {
                    "realm": f"http://127.0.0.1:{tokens.port}/token",
                    "service": "tests",
                    "issuer": "tests",
                    "rootcertbundle": str(directory / "issuer.pem"),
                }
            }
        # JSON is YAML.
        (directory / "config.yml").write_text(json.dumps(config))
        with _running([require("docker-registry"), "serve", str(directory / "config.yml")], address):
            yield address


@contextmanager
def crane_registry() -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    with _running([require("crane"), "registry", "serve", "--address", address], address):
        yield address


@contextmanager
def _running(command: List[str], address: str) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    host, port = address.split(":")
    try:
        for _ in range(500):
            try:
                socket.create_connection((host, int(port)), 1).close()
                break
            except OSError:
                assert process.poll() is None, f"{command[0]} has ended"
                time.sleep(0.02)
        yield
    finally:
        process.kill()
        process.wait()


class TokenServer:
    """Gives everybody who logs in a token for the requested scopes: a JWT (distribution, token authentication)."""

    def __init__(self, directory: Path) -> None:
        self._issuer = Issued("issuer", (NO_CA,))
        self.asked: List[Tuple[str, ...]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        encoded = base64.encodebytes(self._issuer.der)
        pem = b"-----BEGIN CERTIFICATE-----\n" + encoded + b"-----END CERTIFICATE-----\n"
        (directory / "issuer.pem").write_bytes(pem)

    def __enter__(self) -> TokenServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        expected = "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode()
        scopes = parse_qs(urlsplit(handler.path).query).get("scope", [])
        self.asked.append(tuple(scopes))
        known = handler.headers.get("Authorization") == expected
        body = json.dumps({"token": self._token(scopes)} if known else {"details": "who are you?"}).encode()
        handler.send_response(200 if known else 401)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _token(self, scopes: List[str]) -> str:
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        header = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(self._issuer.der).decode()]}
        times = {"exp": now + 300, "nbf": now - 10, "iat": now}
        claims = {"iss": "tests", "sub": LOGIN[0], "aud": "tests", "jti": "1", **times, "access": access}
        signed = b".".join(_url_safe(json.dumps(part).encode()) for part in (header, claims))
        # RFC 7518, section 3.4: the two numbers, 32 bytes each.
        numbers = decode_dss_signature(self._issuer.key.sign(signed, ECDSA(SHA256())))
        return (signed + b"." + _url_safe(b"".join(number.to_bytes(32, "big") for number in numbers))).decode()


def _url_safe(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
