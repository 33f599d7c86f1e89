"""Which proxy stands before a host: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as curl and Go's net/http read them."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass, field
from typing import Mapping, Optional
from urllib.parse import unquote, urlsplit

from scratch_image.registry.endpoint import Origin, is_loopback
from scratch_image.registry.environment import Environment
from scratch_image.registry.errors import RegistryError


@dataclass(frozen=True)
class Proxy:
    """`url` without name and password; `headers` carry those (RFC 9110, section 11.7)."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Proxies:
    """`ca_file` replaces the system's authorities for everybody (SSL_CERT_FILE)."""

    http: Optional[Proxy] = None
    https: Optional[Proxy] = None
    exceptions: str = ""
    ca_file: Optional[str] = None

    @classmethod
    def of(cls, environment: Environment) -> Proxies:
        """Raises RegistryError for a proxy that is none."""
        # An HTTP server gives a program of its own the client's header `Proxy` as HTTP_PROXY (CVE-2016-5385).
        served = environment.get("REQUEST_METHOD")
        http = environment.get("http_proxy") if served else environment.either_case("http_proxy")
        return cls(
            _proxy("HTTP_PROXY", http),
            _proxy("HTTPS_PROXY", environment.either_case("https_proxy")),
            environment.either_case("no_proxy") or "",
            environment.get("SSL_CERT_FILE"),
        )

    def for_origin(self, origin: Origin) -> Optional[Proxy]:
        proxy = self.https if origin.scheme == "https" else self.http
        # Go: a proxy on another machine can not reach our loopback.
        if proxy is None or is_loopback(origin.host) or _excepted(origin, self.exceptions):
            return None
        return proxy


def _proxy(variable: str, value: Optional[str]) -> Optional[Proxy]:
    if not value:
        return None
    parts = urlsplit(value if "://" in value else f"http://{value}")
    try:
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        url = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
    except ValueError:
        # Not the value: it may hold a password.
        raise RegistryError(f"{variable} names no proxy that speaks HTTP", "write it as http://host:port") from None
    if parts.username is None:
        return Proxy(url)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(url, {"Proxy-Authorization": "Basic " + base64.b64encode(login.encode()).decode("ascii")})


def _excepted(origin: Origin, exceptions: str) -> bool:
    """`*`, a host with all below it, an address, a range of addresses; each with a port or without."""
    for entry in exceptions.replace(",", " ").lower().split():
        if entry == "*":
            return True
        if "/" in entry and _in_range(origin.host, entry):
            return True
        host, colon, port = entry.rpartition(":")
        if colon and port.isdigit() and (":" not in host or host.startswith("[")):
            if int(port) != origin.port:
                continue
            entry = host
        name = entry.strip("[]").lstrip("*").lstrip(".")
        if name and (origin.host == name or origin.host.endswith(f".{name}")):
            return True
    return False


def _in_range(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
