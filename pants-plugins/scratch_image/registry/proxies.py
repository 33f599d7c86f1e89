"""The proxy in front of a host, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY say (Go's net/http reads them alike)."""

from __future__ import annotations

import ipaddress
import os
import urllib.request
from dataclasses import dataclass, field
from typing import Mapping, Optional
from urllib.parse import unquote_to_bytes, urlsplit

from scratch_image.registry import addresses, login
from scratch_image.registry.endpoint import Origin
from scratch_image.registry.environment import Environment
from scratch_image.registry.errors import RegistryError


@dataclass(frozen=True)
class Proxy:
    """A proxy. `url` has no name and password; `headers` carry them (RFC 9110, section 11.7.2)."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Proxies:
    """The proxies for HTTP and HTTPS. `no_proxy` lists hosts that are reached without one. `ca_file` is a PEM file of
    authorities in the place of the system's (SSL_CERT_FILE)."""

    http: Optional[Proxy]
    https: Optional[Proxy]
    no_proxy: str
    ca_file: Optional[str]

    @classmethod
    def of(cls, environment: Environment) -> Proxies:
        """What the environment names. Raises RegistryError for a malformed URL of a proxy."""
        http, https = (_proxy(scheme, environment) for scheme in ("http", "https"))
        return cls(http, https, environment.proxies.get("no", ""), environment.get("SSL_CERT_FILE"))

    def for_origin(self, origin: Origin) -> Optional[Proxy]:
        """The proxy for requests to an origin; None to connect directly."""
        proxy = self.https if origin.scheme == "https" else self.http
        # As Go: a proxy on another machine cannot reach our loopback.
        if proxy is None or addresses.kind_of_host(origin.host) == addresses.LOOPBACK or _bypassed(origin, self.no_proxy):
            return None
        return proxy


def _proxy(scheme: str, environment: Environment) -> Optional[Proxy]:
    value = environment.proxies.get(scheme, "")
    if not value:
        return None
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        url = str(Origin.of(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"))
    except ValueError:
        # The value may hold a password.
        variable = f"{scheme.upper()}_PROXY"
        raise RegistryError(f"{variable} is not a valid URL of an HTTP proxy", "write http://host:port") from None
    if parts.username is None:
        return Proxy(url)
    # As bytes: a login may be anything.
    username, password = (unquote_to_bytes(os.fsencode(part or "")) for part in (parts.username, parts.password))
    authorization = login.basic(username, password)
    environment.secrets.add(os.fsdecode(password), authorization.partition(" ")[2])
    return Proxy(url, {"Proxy-Authorization": authorization})


def _bypassed(origin: Origin, no_proxy: str) -> bool:
    """Whether NO_PROXY names a host. The standard library lacks `*` in a list, `*.example`, spaces for commas, and networks
    (CIDR)."""
    entries = no_proxy.replace(",", " ").split()
    names = ",".join(entry.lstrip("*") for entry in entries)
    return (
        "*" in entries
        or any(_in_network(origin.host, entry) for entry in entries)
        or bool(urllib.request.proxy_bypass_environment(origin.netloc, {"no": names}))  # type: ignore[attr-defined]
    )


def _in_network(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
