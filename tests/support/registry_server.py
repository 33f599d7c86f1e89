"""A registry for tests, in this process: all of the state, a log of what it was asked, and faults at any request.

It checks less than a real one and remembers more: a manifest is taken without its blobs, and `violations` says so. It is
written after distribution-spec 1.1.1 and not after the client, and knows nothing of the project but digests.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import ssl
import struct
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable, Dict, List, Optional, Set, Tuple
from urllib.parse import parse_qs, urlsplit

_NAME = r"[a-z0-9]+(?:[._/-][a-z0-9]+)*"
_ROUTES = (
    ("manifests", re.compile(rf"/v2/({_NAME})/manifests/([^/]+)")),
    ("uploads", re.compile(rf"/v2/({_NAME})/blobs/uploads/([^/]*)")),
    ("blobs", re.compile(rf"/v2/({_NAME})/blobs/([^/]+)")),
)


@dataclass
class Response:
    status: int
    headers: Dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Bytes fewer than Content-Length says, and then the end of the connection.
    missing: int = 0


class Reset(Exception):
    """The connection is reset, without an answer."""


@dataclass
class Request:
    """`step` is what the request does in a push. `host` is where it was sent: `registry`, `tokens` or `storage`;
    `certificate` is whether the client showed one."""

    number: int
    step: str
    host: str
    method: str
    path: str
    query: Dict[str, List[str]]
    headers: Dict[str, str]
    body: bytes = b""
    status: int = 0
    certificate: bool = False


class Fault:
    """Something that goes wrong at one request. `before` runs before the registry does its work, and may answer instead;
    `after` may change the answer."""

    # Whether the body is read before the fault.
    reads = True

    def before(self, server: RegistryServer, request: Request) -> Optional[Response]:
        return None

    def after(self, server: RegistryServer, request: Request, response: Response) -> Response:
        return response


@dataclass
class Upload:
    repository: str
    content: bytearray = field(default_factory=bytearray)


class RegistryServer:
    """Listens on a port of the loopback while it is a context manager. `auth` is `none`, `basic` or `token`; the token
    server and the storage are servers of their own, so that what arrives there is seen apart."""

    def __init__(
        self,
        auth: str = "none",
        login: Tuple[str, str] = ("robot", "hunter2-password"),
        tls: Optional[ssl.SSLContext] = None,
        refresh_token: str = "",
        token_seconds: int = 300,
    ) -> None:
        self.auth = auth
        self.login = login
        self.refresh_token = refresh_token
        self.token_seconds = token_seconds
        self.blobs: Dict[str, bytes] = {}
        self.repositories: Dict[str, Set[str]] = {}
        self.manifests: Dict[str, Dict[str, Tuple[str, bytes]]] = {}
        self.tags: Dict[str, Dict[str, str]] = {}
        self.uploads: Dict[str, Upload] = {}
        self.tokens: Dict[str, Set[str]] = {}
        self.log: List[Request] = []
        self.violations: List[str] = []
        self.received = 0
        self.immutable_tags = False
        self.mounts = True
        self.minimum_chunk = 0
        self.takes_chunks = True
        self.choose_fault: Callable[[Request], Optional[Fault]] = lambda request: None
        # How far a broken upload is kept: bytes of a body that is not whole are added, as distribution does.
        self.keeps_partial = True
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

    def incomplete(self) -> List[str]:
        """What is wrong with what tags point at; empty for a registry that is right."""
        wrong = [f"{digest} has other bytes" for digest, content in self.blobs.items() if _digest(content) != digest]
        for repository, tags in self.tags.items():
            for tag, digest in tags.items():
                wrong += [f"{repository}:{tag}: {text}" for text in self._missing(repository, digest)]
        return wrong

    def _missing(self, repository: str, digest: str) -> List[str]:
        if digest not in self.manifests.get(repository, {}):
            return [f"no manifest {digest}"]
        content = self.manifests[repository][digest][1]
        if _digest(content) != digest:
            return [f"{digest} has other bytes"]
        data = json.loads(content)
        missing = [text for entry in data.get("manifests", ()) for text in self._missing(repository, entry["digest"])]
        for entry in (*data.get("layers", ()), *([data["config"]] if "config" in data else [])):
            if entry["digest"] not in self.repositories.get(repository, ()):
                missing.append(f"no blob {entry['digest']}")
        return missing

    # What it answers.

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
            for kind, pattern in _ROUTES:
                match = pattern.fullmatch(request.path)
                if match:
                    if kind == "manifests":
                        return self._manifest(request, match[1], match[2])
                    if kind == "blobs":
                        return self._blob(match[1], match[2])
                    return self._upload(request, match[1], match[2], partial)
            return error(404, "UNSUPPORTED", "no such place")

    def _refuse(self, request: Request) -> Optional[Response]:
        sent = request.headers.get("authorization", "")
        if self.auth == "basic" and sent != _basic(*self.login):
            return self.challenge(request)
        if self.auth == "token":
            scopes = self.tokens.get(sent[len("Bearer ") :], set())
            wanted = self._scopes(request)
            if not sent.startswith("Bearer ") or sent[len("Bearer ") :] not in self.tokens or not wanted <= scopes:
                return self.challenge(request)
        return None

    def challenge(self, request: Request) -> Response:
        response = error(401, "UNAUTHORIZED", "authentication required")
        response.headers["WWW-Authenticate"] = self._asked(request)
        return response

    def _asked(self, request: Request) -> str:
        if self.auth == "basic":
            return 'Basic realm="tests"'
        scope = " ".join(sorted(self._scopes(request)))
        return f'Bearer realm="{self.url("tokens")}/token",service="tests"' + (f',scope="{scope}"' if scope else "")

    def _scopes(self, request: Request) -> Set[str]:
        for _, pattern in _ROUTES:
            match = pattern.fullmatch(request.path)
            if match:
                actions = "pull" if request.method in ("GET", "HEAD") else "pull,push"
                others = {f"repository:{name}:pull" for name in request.query.get("from", ())}
                return {f"repository:{match[1]}:{actions}"} | others
        return set()

    def _token(self, request: Request) -> Response:
        if request.method == "POST":
            form = parse_qs(request.body.decode())
            if not self.refresh_token or form.get("refresh_token") != [self.refresh_token]:
                return error(401, "UNAUTHORIZED", "unknown refresh token")
            asked, key = " ".join(form.get("scope", [])).split(), "access_token"
        else:
            if request.headers.get("authorization") != _basic(*self.login):
                return error(401, "UNAUTHORIZED", "wrong name or password")
            asked, key = request.query.get("scope", []), "token"
        granted = set()
        for scope in asked:
            kind, name, actions = scope.split(":")
            granted |= {f"{kind}:{name}:pull", f"{kind}:{name}:{actions}"}
        token = f"token-{uuid.uuid4().hex}"
        self.tokens[token] = granted
        return Response(200, {}, json.dumps({key: token, "expires_in": self.token_seconds}).encode())

    def _manifest(self, request: Request, name: str, reference: str) -> Response:
        stored = self.manifests.setdefault(name, {})
        if request.method in ("GET", "HEAD"):
            digest = reference if ":" in reference else self.tags.get(name, {}).get(reference, "")
            if digest not in stored:
                return error(404, "MANIFEST_UNKNOWN", "manifest unknown")
            media_type, content = stored[digest]
            return Response(200, {"Content-Type": media_type, "Docker-Content-Digest": digest}, content)
        if request.method != "PUT":
            return error(405, "UNSUPPORTED", "not here")
        digest = _digest(request.body)
        data = json.loads(request.body)
        if request.headers.get("content-type") != data["mediaType"]:
            return error(400, "MANIFEST_INVALID", "the Content-Type is not the media type")
        tags = self.tags.setdefault(name, {})
        if ":" in reference and reference != digest:
            return error(400, "DIGEST_INVALID", "another digest")
        if ":" not in reference and self.immutable_tags and reference in tags:
            return error(400, "TAG_INVALID", f"The image tag '{reference}' already exists and cannot be overwritten")
        stored[digest] = (data["mediaType"], request.body)
        self.violations += [f"{reference}: {text}" for text in self._missing(name, digest)]
        if ":" not in reference:
            tags[reference] = digest
        headers = {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest}
        return Response(201, headers)

    def _blob(self, name: str, digest: str) -> Response:
        if digest not in self.repositories.get(name, ()):
            return error(404, "BLOB_UNKNOWN", "blob unknown to registry")
        return Response(200, {"Docker-Content-Digest": digest}, self.blobs[digest])

    def _upload(self, request: Request, name: str, session: str, partial: bool) -> Response:
        if request.method == "POST":
            return self._begin(request, name)
        upload = self.uploads.get(session)
        if upload is None:
            return error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        held = len(upload.content)
        if request.method == "DELETE":
            del self.uploads[session]
            return Response(204)
        if request.method == "GET":
            return Response(204, self._session(name, session))
        if request.method == "PATCH":
            if not self.takes_chunks:
                return error(405, "UNSUPPORTED", "no chunks")
            start = int(request.headers.get("content-range", f"{held}-").partition("-")[0])
            if start != held:
                return Response(416, self._session(name, session))
        if not partial or self.keeps_partial:
            upload.content += request.body
        if partial:
            raise Reset
        if request.method == "PATCH":
            return Response(202, self._session(name, session))
        (digest,) = request.query["digest"]
        if _digest(bytes(upload.content)) != digest:
            del self.uploads[session]
            return error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        del self.uploads[session]
        self.blobs[digest] = bytes(upload.content)
        self.repositories.setdefault(name, set()).add(digest)
        return Response(201, {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})

    def _begin(self, request: Request, name: str) -> Response:
        if "mount" in request.query:
            (digest,) = request.query["mount"]
            (source,) = request.query["from"]
            if self.mounts and digest in self.repositories.get(source, ()):
                self.repositories.setdefault(name, set()).add(digest)
                return Response(201, {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})
        session = uuid.uuid4().hex
        self.uploads[session] = Upload(name)
        return Response(202, self._session(name, session))

    def _session(self, name: str, session: str) -> Dict[str, str]:
        held = len(self.uploads[session].content)
        headers = {"Location": f"{self.url('registry')}/v2/{name}/blobs/uploads/{session}?state=a%3Db"}
        headers["Range"] = f"0-{max(0, held - 1)}"
        if self.minimum_chunk:
            headers["OCI-Chunk-Min-Length"] = str(self.minimum_chunk)
        return headers


def error(status: int, code: str, message: str) -> Response:
    body = json.dumps({"errors": [{"code": code, "message": message, "detail": None}]}).encode()
    return Response(status, {"Content-Type": "application/json", "X-Request-Id": "request-7"}, body)


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _step(method: str, host: str, path: str, query: Dict[str, List[str]]) -> str:
    if host == "tokens":
        return "token"
    if path == "/v2/":
        return "ping"
    for kind, pattern in _ROUTES:
        match = pattern.fullmatch(path)
        if match and kind == "manifests":
            return f"{method} {'manifest' if ':' in match[2] else 'tag'}"
        if match and kind == "uploads":
            return {"POST": "mount" if "mount" in query else "begin", "PUT": "finish"}.get(method, f"{method} upload")
        if match:
            return f"{method} blob"
    return f"{method} {path}"


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
        step = _step(handler.command, host, parts.path, query)
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
