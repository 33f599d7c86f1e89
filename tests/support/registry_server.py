"""A registry for tests, in this process: all of the state, a log of what it was asked, and faults at any request.

It checks less than a real one and remembers more. It is written after distribution-spec 1.1.1 and not after the client, and
knows nothing of the project but digests.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable, List, Optional, Tuple
from urllib.parse import parse_qs, urlsplit

from tests.support.registry_messages import ROUTES, Request, Reset, Response, error, step_of
from tests.support.registry_storage import RegistryStorage
from tests.support.registry_tokens import RegistryTokens


class Fault:
    """Something that goes wrong at one request. `before` runs before the registry does its work, and may answer instead;
    `after` may change the answer."""

    # Whether the body is read before the fault.
    reads = True

    def before(self, server: RegistryServer, request: Request) -> Optional[Response]:
        return None

    def after(self, server: RegistryServer, request: Request, response: Response) -> Response:
        return response


class RegistryServer(RegistryStorage, RegistryTokens):
    """Listens on a port of the loopback while it is a context manager. The token server and the storage are servers of their
    own, so that what arrives there is seen apart."""

    def __init__(
        self,
        auth: str = "none",
        login: Tuple[str, str] = ("robot", "hunter2-password"),
        tls: Optional[ssl.SSLContext] = None,
        refresh_token: str = "",
        token_seconds: int = 300,
    ) -> None:
        RegistryStorage.__init__(self)
        RegistryTokens.__init__(self, auth, login, refresh_token, token_seconds)
        self.log: List[Request] = []
        self.received = 0
        self.choose_fault: Callable[[Request], Optional[Fault]] = lambda request: None
        self.released = threading.Event()
        self._lock = threading.RLock()
        self._servers = {host: _listen(self, host, tls) for host in ("registry", "tokens", "storage")}

    def __enter__(self) -> RegistryServer:
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def address(self, host: str = "registry") -> str:
        return f"127.0.0.1:{self._servers[host].server_address[1]}"

    def url(self, host: str) -> str:
        return f"{self._servers[host].scheme}://{self.address(host)}"

    def steps(self) -> List[str]:
        return [request.step for request in self.log]

    def fail(self, number: int, fault: Fault) -> None:
        """The request with that number, from 0, fails; those after it do not."""
        self.choose_fault = lambda request: fault if request.number == number else None

    def fail_step(self, step: str, fault: Fault) -> None:
        """Every request of that step fails."""
        self.choose_fault = lambda request: fault if request.step == step else None

    def handle(self, request: Request, partial: bool) -> Response:
        with self._lock:
            self.received += len(request.body)
            if request.host == "tokens":
                return self._token(request)
            if request.host == "registry":
                refused = self._refuse(request)
                if refused:
                    return refused
            if request.path == "/v2/":
                return Response(200, {}, b"{}")
            for kind, pattern in ROUTES:
                match = pattern.fullmatch(request.path)
                if match:
                    if kind == "manifests":
                        return self._manifest(request, match[1], match[2])
                    if kind == "referrers":
                        return self._referrers(request, match[1], match[2])
                    if kind == "blobs":
                        return self._blob(request, match[1], match[2])
                    return self._upload(request, match[1], match[2], partial)
            return error(404, "UNSUPPORTED", "no such place")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    scheme = "http"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what is tested."""


def _listen(registry: RegistryServer, host: str, tls: Optional[ssl.SSLContext]) -> _Server:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Small answers are not held back for more.
        disable_nagle_algorithm = True
        wbufsize = -1

        def _any(self) -> None:
            _serve(self, registry, host)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    if tls:
        server.scheme = "https"
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


def _serve(handler: BaseHTTPRequestHandler, registry: RegistryServer, host: str) -> None:
    parts = urlsplit(handler.path)
    query = parse_qs(parts.query)
    headers = {name.lower(): value for name, value in handler.headers.items()}
    with registry._lock:
        step = step_of(handler.command, host, parts.path, query)
        request = Request(len(registry.log), step, host, handler.command, parts.path, query, headers)
        request.certificate = isinstance(handler.connection, ssl.SSLSocket) and bool(handler.connection.getpeercert())
        registry.log.append(request)
        fault = registry.choose_fault(request) or Fault()
    length = int(headers.get("content-length", "0"))
    try:
        if fault.reads:
            request.body = handler.rfile.read(length)
        response = fault.before(registry, request)
        if response is None:
            partial = len(request.body) < length
            response = fault.after(registry, request, registry.handle(request, partial))
    except Reset:
        _reset(handler)
        return
    request.status = response.status
    handler.send_response(response.status)
    for name, value in response.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(response.body) + response.missing))
    if response.missing or not fault.reads:
        handler.send_header("Connection", "close")
        handler.close_connection = True
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(response.body)
    handler.wfile.flush()


def _reset(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket.close(handler.connection)
