"""Exchanges one request for one response: connections, TLS, proxies and timeouts. Only this file knows the HTTP library.

Without a proxy, `dialing` looks hosts up and connects to addresses that were judged. Every wait is bounded: connecting,
each read and each write; `abort` ends what is open, because a registry can send single bytes for ever.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
import weakref
from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional, Tuple, Type, Union
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from scratch_image.oci.numbers import counted
from scratch_image.registry import dialing, tls
from scratch_image.registry.endpoint import Endpoint, Origin
from scratch_image.registry.errors import ASK_OPERATOR, RegistryError, Transient
from scratch_image.registry.plan import RegistrySettings
from scratch_image.registry.proxies import Proxies, Proxy
from scratch_image.registry.request import Request, Response, Sink

# Bytes: more than any manifest may have (distribution-spec 1.1.1, "Pushing Manifests": registries take at least 4 MiB).
_MAX_RESPONSE = 5 << 20
_POOL = 8
# Bytes of a body that are read at a time, where it may be large.
PIECE = 256 << 10
# RFC 9110, section 5.5.
_HEADER_VALUE = re.compile("[\t -~\x80-\xff]*")
_Sender = Union[urllib3.PoolManager, urllib3.HTTPConnectionPool]


@dataclass(frozen=True)
class Timeouts:
    """Seconds to connect, and to wait for any progress: registries assemble a large blob before they answer."""

    connect: float = 30.0
    progress: float = 300.0


class Transport:
    """Connections to one registry and to where it directs us, shared by all threads. `remaining` gives the seconds that the
    run has left."""

    def __init__(
        self,
        settings: RegistrySettings,
        endpoint: Endpoint,
        proxies: Proxies,
        timeouts: Timeouts,
        remaining: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._proxies = proxies
        self._timeouts = timeouts
        self._remaining = remaining
        self._registry_host = urlsplit(f"//{settings.address}").hostname or ""
        self._senders: Dict[Origin, Tuple[_Sender, bool]] = {}
        self._contexts: Dict[bool, ssl.SSLContext] = {}
        self._connections: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()
        self._lock = threading.Lock()

    def send(self, request: Request, timeout: Optional[float] = None) -> Response:
        """The response to a request. Raises Transient without a complete one, Unsafe if its host is at an address to which
        the registry may not direct us, Untrusted if TLS fails, RegistryError if it cannot be sent, and what the request's
        body raises. `timeout`, in seconds, replaces all timeouts and the deadline."""
        origin, parts = Origin.of(request.url), urlsplit(request.url)
        limit = self._remaining() if timeout is None else timeout
        connect, progress = (max(0.001, min(each, limit)) for each in (self._timeouts.connect, self._timeouts.progress))
        try:
            sender, takes_url = self._sender(origin)
            response = sender.urlopen(
                request.method,
                request.url if takes_url else f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}",
                body=request.body.chunks() if request.body else None,
                headers=_headers(request),
                timeout=urllib3.Timeout(connect=connect, read=progress),
                redirect=False,
                retries=False,
                assert_same_host=False,
                preload_content=False,
            )
            return _response(request, response)
        except urllib3.exceptions.SSLError as error:
            raise tls.failure(str(origin), str(error)) from None
        except urllib3.exceptions.ProxyError as error:
            cure = "check HTTPS_PROXY and HTTP_PROXY; list the host in NO_PROXY if this machine connects to it by itself"
            raise Transient(f"{origin} {_described(error)}", lasting_cure=cure) from None
        except urllib3.exceptions.HTTPError as error:
            raise Transient(f"{origin} {_described(error)}") from None
        except OSError as error:
            raise Transient(f"{origin}: {error.strerror or type(error).__name__}") from None
        except (ValueError, http.client.HTTPException) as error:
            # The text of neither is shown: it may quote a header.
            raise RegistryError(f"{request.action}: {origin} and we do not speak HTTP ({type(error).__name__})") from None

    def abort(self) -> None:
        """End every connection: whoever waits on one gets Transient. New ones can be made."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            sock = getattr(connection, "sock", None)
            if isinstance(sock, socket.socket):
                with contextlib.suppress(OSError):
                    # Below TLS, whichever thread uses it.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _sender(self, origin: Origin) -> Tuple[_Sender, bool]:
        """What sends to an origin, and whether it takes whole URLs (RFC 9112, section 3.2.2: a proxy for plain HTTP)."""
        with self._lock:
            if origin not in self._senders:
                proxy = self._proxies.for_origin(origin)
                # Only the registry gets the client's certificate.
                manager = self._new_manager(origin, origin.host == self._registry_host, proxy)
                takes_url = proxy is not None and origin.scheme == "http"
                pool = manager.connection_from_host(origin.host, origin.port, origin.scheme)
                self._senders[origin] = (manager if takes_url else pool, takes_url)
            return self._senders[origin]

    def _new_manager(self, origin: Origin, own: bool, proxy: Optional[Proxy]) -> urllib3.PoolManager:
        # To read the system's authorities takes longer than a request: only for TLS.
        options: Dict[str, Any] = {"maxsize": _POOL, "ssl_context": self._context(own) if origin.scheme == "https" else None}
        if proxy:
            proxy_context = self._context(False) if proxy.url.startswith("https:") else None
            options.update(proxy_headers=proxy.headers, proxy_ssl_context=proxy_context)
        manager = urllib3.ProxyManager(proxy.url, **options) if proxy else urllib3.PoolManager(**options)
        manager.pool_classes_by_scheme = {
            "http": self._tracked(urllib3.HTTPConnectionPool, HTTPConnection, None if proxy else str(origin)),
            "https": self._tracked(urllib3.HTTPSConnectionPool, HTTPSConnection, None if proxy else str(origin)),
        }
        return manager

    def _context(self, own: bool) -> ssl.SSLContext:
        if own not in self._contexts:
            settings = self._settings
            self._contexts[own] = tls.context(
                default_ca_file=self._proxies.ca_file,
                ca_file=settings.ca_file,
                certificate=settings.client_certificate if own else None,
                key=settings.client_key,
            )
        return self._contexts[own]

    def _tracked(self, pool: Type[Any], connection: Type[Any], judged: Optional[str]) -> Type[Any]:
        """A pool class that notes its connections when they are made. `judged` is the origin if they go there, and None if
        they go to a proxy, which the user has named."""
        connections, lock, permitted = self._connections, self._lock, self._endpoint.permitted

        class Tracked(connection):  # type: ignore[misc]
            def connect(self) -> None:
                with lock:
                    connections.add(self)
                super().connect()

            def _new_conn(self) -> socket.socket:
                if judged is None:
                    to_proxy: socket.socket = super()._new_conn()
                    return to_proxy
                options = self.socket_options or ()
                return dialing.connect(judged, self.host, self.port, self.timeout, options, permitted)

        return type(pool.__name__, (pool,), {"ConnectionCls": Tracked})


def _headers(request: Request) -> Dict[str, str]:
    headers = {"User-Agent": "scratch_image", "Accept-Encoding": "identity", **request.headers}
    if request.authorization:
        headers["Authorization"] = request.authorization
    if request.body:
        headers["Content-Length"] = str(request.body.size)
    for name, value in headers.items():
        if not _HEADER_VALUE.fullmatch(value):
            # Without the value: http.client's own error shows it.
            raise RegistryError(f"{request.action}: the header {name} has a character that no header can carry")
    return headers


def _response(request: Request, response: urllib3.BaseHTTPResponse) -> Response:
    """All of the response; the connection is free for the next request then. Raises what the request's sink raises."""
    try:
        if request.sink and response.status in (200, 206):
            return _streamed(request, request.sink, response)
        limit = 1 if request.ignores_body else _MAX_RESPONSE
        content = response.read(limit + 1, decode_content=False)
        if len(content) > _MAX_RESPONSE:
            text = f"{request.action}: {Origin.of(request.url)} answered with more than {counted(_MAX_RESPONSE, 'byte')}"
            cure = f"remove from a list of what is attached to an image what nobody needs, or {ASK_OPERATOR}"
            raise Transient(text, lasting_cure=cure)
        headers = _headers_of(response)
        if len(content) <= limit:
            response.release_conn()
        return Response(request, response.status, headers, content)
    finally:
        response.close()


def _streamed(request: Request, sink: Sink, response: urllib3.BaseHTTPResponse) -> Response:
    headers = _headers_of(response)
    take = sink(response.status, headers)
    while True:
        piece = response.read(PIECE, decode_content=False)
        if not piece:
            response.release_conn()
            return Response(request, response.status, headers, b"")
        take(piece)


def _headers_of(response: urllib3.BaseHTTPResponse) -> Dict[str, str]:
    return {name.lower(): ", ".join(response.headers.getlist(name)) for name in response.headers}


def _described(error: Exception) -> str:
    """What happened, without the URL, whose query may hold a signature, and without the addresses of objects."""
    kinds = (
        # In this order: the library derives the first of each pair from the second.
        (urllib3.exceptions.NameResolutionError, "has a name that cannot be resolved"),
        (urllib3.exceptions.NewConnectionError, "cannot be connected to"),
        (urllib3.exceptions.ConnectTimeoutError, "cannot be connected to in time"),
        (urllib3.exceptions.ReadTimeoutError, "did not answer in time"),
        (urllib3.exceptions.ProxyError, "cannot be reached through the proxy"),
        (urllib3.exceptions.IncompleteRead, "sent a truncated response"),
    )
    for kind, words in kinds:
        if isinstance(error, kind):
            reason = getattr(getattr(error, "__cause__", None), "strerror", None)
            return f"{words} ({reason})" if isinstance(reason, str) and reason else words
    return "closed the connection"
