"""Where a registry is, and which other places it may send us to.

distribution-spec 1.1.1, "Endpoints": everything is below `/v2/`. RFC 9110, section 15.4 (redirects): what was meant for one
origin is not for another.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Optional, Tuple
from urllib.parse import urljoin, urlsplit

from scratch_image.registry.errors import RegistryError, Unsafe
from scratch_image.registry.plan import RegistrySettings

# github.com/distribution/reference, normalize.go: the name that users write, and the host that answers.
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
_DOCKER_HUB_HOST = "registry-1.docker.io"
_DOCKER_HUB_LOGIN = "https://index.docker.io/v1/"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    """RFC 6454: scheme, host in small letters, port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Raises ValueError for what is no URL of HTTP."""
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        if scheme not in _PORTS or not parts.hostname or parts.username is not None:
            raise ValueError("not a URL of HTTP")
        return cls(scheme, parts.hostname, parts.port or _PORTS[scheme])

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")


@dataclass(frozen=True)
class Endpoint:
    """A registry. `address` is what users call it."""

    address: str
    origin: Origin

    @classmethod
    def of(cls, settings: RegistrySettings) -> Endpoint:
        """Raises RegistryError for an address that is no `host[:port]`."""
        address = settings.address
        host = _DOCKER_HUB_HOST if address in _DOCKER_HUB else address
        try:
            name = Origin.of(f"https://{host}").host
            insecure = settings.insecure
            if insecure is None:
                insecure = is_loopback(name) and not (settings.ca_file or settings.client_certificate)
            if any(character in host for character in "/?#@\\ "):
                raise ValueError
            return cls(address, Origin.of(f"{'http' if insecure else 'https'}://{host}"))
        except ValueError:
            raise RegistryError(
                f"{address!r} is no registry's address", "write its host, and its port after a colon"
            ) from None

    @property
    def is_docker_hub(self) -> bool:
        return self.address in _DOCKER_HUB

    @property
    def login_name(self) -> str:
        """What credentials are stored under."""
        return _DOCKER_HUB_LOGIN if self.is_docker_hub else self.address

    def repository(self, name: str) -> str:
        """The name as the registry knows it: Docker Hub keeps `hello` as `library/hello`."""
        return f"library/{name}" if self.is_docker_hub and "/" not in name else name

    def url(self, path: str) -> str:
        return f"{self.origin}/v2/{path}"

    def follow(self, base: str, location: str, what: str) -> str:
        """The URL that a `Location` leads to from the URL `base`. Raises Unsafe for one that is not to be followed."""
        try:
            url = urljoin(base, location)
        except ValueError:
            url = ""
        self.allow(url, what)
        return url.partition("#")[0]

    def allow(self, url: str, what: str) -> None:
        """Raises Unsafe unless the registry may send us to a URL; `what` is it that goes there."""
        try:
            target = Origin.of(url)
        except ValueError:
            cure = "ask whoever runs the registry for the address it gives out"
            raise Unsafe(f"{self.address} sends {what} to something that is no URL of HTTP", cure) from None
        if self.origin.scheme == "https" and target.scheme != "https":
            cure = "the proxy before the registry has to say that it speaks HTTPS (X-Forwarded-Proto, or its external URL)"
            raise Unsafe(f"{self.address} is spoken to by HTTPS and sends {what} to {target}, which is not protected", cure)
        if target.host == self.origin.host:
            return
        kind = _kind(target.host)
        if kind == "link-local" or (kind and not _is_private_name(self.origin.host)):
            raise Unsafe(
                f"{self.address} sends {what} to {target}, a {kind} address, which only a local registry may do",
                "ask whoever runs the registry for the address it gives out",
            )


def is_loopback(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost") or _kind(host) == "loopback"


def _kind(host: str) -> Optional[str]:
    """What kind of local address a host is, or None for a name or a public address."""
    if host == "localhost" or host.endswith(".localhost"):
        return "loopback"
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_loopback:
        return "loopback"
    # Before `is_private`, which holds for these as well. Clouds keep credentials of machines at 169.254.169.254.
    if address.is_link_local:
        return "link-local"
    if address.is_private or address.is_unspecified or address.is_multicast or address.is_reserved:
        return "private"
    return None


def _is_private_name(host: str) -> bool:
    """Whether a host is loopback or private, by its name or by all of its addresses."""
    if _kind(host):
        return True
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    addresses: Tuple[str, ...] = tuple(str(entry[4][0]) for entry in found)
    return bool(addresses) and all(map(_kind, addresses))
