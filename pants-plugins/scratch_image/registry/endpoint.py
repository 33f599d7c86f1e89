"""Where a registry is (distribution-spec 1.1.1, "Endpoints"), and to which other places it may direct us (RFC 9110, section
15.4: what is meant for one origin is not for another)."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Optional
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
    """RFC 6454: scheme, host in lower case, port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """The origin of a URL. Raises ValueError unless it is one of HTTP, without a login."""
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        if scheme not in _PORTS or not parts.hostname or parts.username is not None:
            raise ValueError("not a URL of HTTP")
        return cls(scheme, parts.hostname, parts.port or _PORTS[scheme])

    @property
    def netloc(self) -> str:
        """Host and port, with brackets around an IPv6 address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc.removesuffix(f':{_PORTS[self.scheme]}')}"


@dataclass(frozen=True)
class Endpoint:
    """A registry: `address` is what users call it, `origin` what answers."""

    address: str
    origin: Origin

    @classmethod
    def of(cls, settings: RegistrySettings) -> Endpoint:
        """The endpoint for settings. Raises RegistryError unless their address is `host[:port]`."""
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
            cure = "write its host, and a port after a colon"
            raise RegistryError(f"{address!r} is not a valid address of a registry", cure) from None

    @property
    def is_docker_hub(self) -> bool:
        """Whether this is Docker Hub, under any of its names."""
        return self.address in _DOCKER_HUB

    @property
    def login_name(self) -> str:
        """The key of this registry in files of credentials."""
        return _DOCKER_HUB_LOGIN if self.is_docker_hub else self.address

    def repository(self, name: str) -> str:
        """The registry's name of a repository: Docker Hub has `hello` as `library/hello`."""
        return f"library/{name}" if self.is_docker_hub and "/" not in name else name

    def url(self, path: str) -> str:
        """The URL of a path below `/v2/`."""
        return f"{self.origin}/v2/{path}"

    def owns(self, url: str) -> bool:
        """Whether a URL has the registry's origin, which alone gets its authorization."""
        return Origin.of(url) == self.origin

    def follow(self, base: str, location: str, subject: str) -> str:
        """The URL of a `Location` in a response from the URL `base`. Raises Unsafe as `check_target` does."""
        try:
            url = urljoin(base, location)
        except ValueError:
            url = ""
        self.check_target(url, subject)
        return url.partition("#")[0]

    def check_target(self, url: str, subject: str) -> None:
        """Raise Unsafe unless the registry may direct us to a URL. `subject` says what would be sent there."""
        directs = f"{self.address} directs {subject} to"
        try:
            target = Origin.of(url)
        except ValueError:
            raise Unsafe(f"{directs} something that is not a URL of HTTP") from None
        if self.origin.scheme == "https" and target.scheme != "https":
            cure = "make the proxy in front of the registry announce HTTPS (X-Forwarded-Proto, or the external URL)"
            raise Unsafe(f"{directs} {target}, which is not protected by TLS as the registry itself is", cure)
        if target.host == self.origin.host:
            return
        kind = _address_kind(target.host)
        if kind == "link-local" or (kind and not _is_private(self.origin.host)):
            raise Unsafe(f"{directs} {target}, a {kind} address, which only a local registry may do")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or its address."""
    return _address_kind(host) == "loopback"


def _address_kind(host: str) -> Optional[str]:
    """What kind of local address a host is; None for a name or a public address."""
    if host == "localhost" or host.endswith(".localhost"):
        return "loopback"
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return "loopback"
    # Before `is_private`, which is true as well. Clouds keep credentials of machines at 169.254.169.254.
    if address.is_link_local:
        return "link-local"
    if address.is_private or address.is_unspecified or address.is_multicast or address.is_reserved:
        return "private"
    return None


def _is_private(host: str) -> bool:
    """Whether a host is loopback or private, by its name or by all of its addresses."""
    if _address_kind(host):
        return True
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return bool(entries) and all(_address_kind(str(entry[4][0])) for entry in entries)
