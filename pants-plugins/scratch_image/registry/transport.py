"""One request, one answer: connections, TLS, proxies and timeouts. The only file that knows the HTTP library.

Nothing is followed, retried or authorised here. All waiting is bounded: connecting, every single read and write, and, as
a registry can drip bytes for ever, `abort` ends whatever is still open.
"""

from __future__ import annotations

import socket
import ssl
import threading
import weakref
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, Mapping, Optional, Tuple, Type, Union
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from scratch_image.registry import tls
from scratch_image.registry.endpoint import Origin
from scratch_image.registry.errors import Transient
from scratch_image.registry.plan import RegistrySettings
from scratch_image.registry.proxies import Proxies, Proxy

# Larger than any manifest may be (distribution-spec 1.1.1, "Pushing Manifests": at least 4 MiB are taken).
MAX_ANSWER = 5 << 20
_POOL = 8
_Sender = Union[urllib3.PoolManager, urllib3.HTTPConnectionPool]


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, and to wait for any progress. Registries put large blobs together before they answer."""

    connect: float = 30.0
    progress: float = 300.0


@dataclass(frozen=True)
class Body:
    """`size` bytes, which `chunks` gives anew each time it is called."""

    size: int
    chunks: Callable[[], Iterable[Union[bytes, memoryview]]]

    @classmethod
    def of(cls, content: bytes) -> Body:
        return cls(len(content), lambda: (content,))


@dataclass(frozen=True)
class Answer:
    """`headers` have names in small letters; where one occurs more often, the values are joined by commas."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


class Transport:
    """Connections to one registry and wherever it sends us; they are shared by all threads. `remaining` gives the seconds
    that the run has left."""

    def __init__(
        self, settings: RegistrySettings, proxies: Proxies, timeouts: Timeouts, remaining: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._proxies = proxies
        self._timeouts = timeouts
        self._remaining = remaining
        self._registry_host = urlsplit(f"//{settings.address}").hostname or ""
        self._senders: Dict[Origin, Tuple[_Sender, bool]] = {}
        self._contexts: Dict[bool, ssl.SSLContext] = {}
        self._connections: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()
        self._lock = threading.Lock()

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Optional[Body] = None,
        patience: Optional[float] = None,
    ) -> Answer:
        """Raises Transient where no whole answer came, Untrusted where TLS failed. What `body` raises goes through.

        `patience` replaces all timeouts and the deadline.
        """
        origin, parts = Origin.of(url), urlsplit(url)
        limit = self._remaining() if patience is None else patience
        connect, progress = (max(0.001, min(each, limit)) for each in (self._timeouts.connect, self._timeouts.progress))
        if body is not None:
            headers = {**headers, "Content-Length": str(body.size)}
        try:
            sender, whole = self._sender(origin)
            response = sender.urlopen(
                method,
                url if whole else f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/",
                body=body.chunks() if body is not None else None,
                headers={"User-Agent": "scratch_image", "Accept-Encoding": "identity", **headers},
                timeout=urllib3.Timeout(connect=connect, read=progress),
                redirect=False,
                retries=False,
                assert_same_host=False,
                preload_content=False,
            )
            return _answer(response, url)
        except urllib3.exceptions.SSLError as error:
            raise tls.failure(str(origin), str(error)) from None
        except urllib3.exceptions.HTTPError as error:
            raise Transient(f"{origin} {_in_words(error)}") from None
        except OSError as error:
            raise Transient(f"{origin}: {error.strerror or type(error).__name__}") from None

    def abort(self) -> None:
        """Ends every connection: who waits on one gets Transient. New ones can be made."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            end_connection(connection)

    def _sender(self, origin: Origin) -> Tuple[_Sender, bool]:
        """What sends to an origin, and whether it takes whole URLs (RFC 9112, section 3.2.2: a proxy of plain HTTP)."""
        with self._lock:
            if origin not in self._senders:
                proxy = self._proxies.for_origin(origin)
                # Our certificate is the registry's business only.
                manager = self._new_manager(origin.scheme, origin.host == self._registry_host, proxy)
                whole = proxy is not None and origin.scheme == "http"
                pool = manager.connection_from_host(origin.host, origin.port, origin.scheme)
                self._senders[origin] = (manager if whole else pool, whole)
            return self._senders[origin]

    def _new_manager(self, scheme: str, own: bool, proxy: Optional[Proxy]) -> urllib3.PoolManager:
        # Reading the system's authorities takes longer than a request: not where there is no TLS.
        context = self._context(own) if scheme == "https" else None
        manager: urllib3.PoolManager
        if proxy:
            proxy_context = self._context(False) if proxy.url.startswith("https:") else None
            manager = urllib3.ProxyManager(
                proxy.url,
                proxy_headers=proxy.headers,
                maxsize=_POOL,
                ssl_context=context,
                proxy_ssl_context=proxy_context,
            )
        else:
            manager = urllib3.PoolManager(maxsize=_POOL, ssl_context=context)
        manager.pool_classes_by_scheme = _pool_classes(self._connections, self._lock)
        return manager

    def _context(self, own: bool) -> ssl.SSLContext:
        if own not in self._contexts:
            settings = self._settings
            certificate = settings.client_certificate if own else None
            self._contexts[own] = tls.context(settings.ca_file, self._proxies.ca_file, certificate, settings.client_key)
        return self._contexts[own]


def _answer(response: urllib3.BaseHTTPResponse, url: str) -> Answer:
    """The whole of it; the connection is free for the next request then."""
    try:
        content = response.read(MAX_ANSWER + 1, decode_content=False)
        if len(content) > MAX_ANSWER:
            raise Transient(f"{Origin.of(url)} answered with more than {MAX_ANSWER >> 20} MiB")
        headers = {name.lower(): ", ".join(response.headers.getlist(name)) for name in response.headers}
        response.release_conn()
        return Answer(response.status, headers, content, url)
    finally:
        response.close()


def end_connection(connection: HTTPConnection) -> None:
    """Shuts its socket down below TLS, whatever thread is using it."""
    sock = getattr(connection, "sock", None)
    if isinstance(sock, socket.socket):
        try:
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            pass


def _pool_classes(
    connections: weakref.WeakSet[HTTPConnection], lock: threading.Lock
) -> Dict[str, Type[urllib3.HTTPConnectionPool]]:
    """urllib3's pools, whose connections are noted as they are made."""

    class NotedHTTP(HTTPConnection):  # type: ignore[misc]
        def connect(self) -> None:
            with lock:
                connections.add(self)
            super().connect()

    class NotedHTTPS(HTTPSConnection):  # type: ignore[misc]
        def connect(self) -> None:
            with lock:
                connections.add(self)
            super().connect()

    class PoolHTTP(urllib3.HTTPConnectionPool):  # type: ignore[misc]
        ConnectionCls = NotedHTTP

    class PoolHTTPS(urllib3.HTTPSConnectionPool):  # type: ignore[misc]
        ConnectionCls = NotedHTTPS

    return {"http": PoolHTTP, "https": PoolHTTPS}


def _in_words(error: Exception) -> str:
    """What happened, without the URL, whose query can hold a signature, and without objects' addresses."""
    kinds = (
        # In this order: the library has the first of each pair as a kind of the second.
        (urllib3.exceptions.NameResolutionError, "has a name that can not be resolved"),
        (urllib3.exceptions.NewConnectionError, "could not be connected to"),
        (urllib3.exceptions.ConnectTimeoutError, "could not be connected to in time"),
        (urllib3.exceptions.ReadTimeoutError, "did not answer in time"),
        (urllib3.exceptions.ProxyError, "could not be reached through the proxy"),
        (urllib3.exceptions.IncompleteRead, "ended its answer too early"),
    )
    for kind, words in kinds:
        if isinstance(error, kind):
            cause = getattr(error, "__cause__", None)
            reason = getattr(cause, "strerror", None)
            return f"{words} ({reason})" if isinstance(reason, str) and reason else words
    return "closed the connection"
