"""Where a registry is (distribution-spec 1.1.1, "Endpoints"), and to which other places it may direct us (RFC 9110, section
15.4: what is meant for one origin is not for another)."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, field
from typing import Iterable, List, Optional, Sequence
from urllib.parse import quote, urljoin, urlsplit

from scratch_image.oci.text import has_control, without_login
from scratch_image.registry import addresses
from scratch_image.registry.errors import RegistryError, Unsafe
from scratch_image.registry.plan import RegistrySettings
from scratch_image.registry.secrets import Secrets

# github.com/distribution/reference, normalize.go: the name that users write, and the host that answers.
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
_DOCKER_HUB_HOST = "registry-1.docker.io"
_DOCKER_HUB_LOGIN = "https://index.docker.io/v1/"
_PORTS = {"http": 80, "https": 443}
# Any spelling of a name or an IPv4 address, or an IPv6 address with its zone.
_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]{0,254})|[0-9a-f.]{0,45}:[0-9a-f:.]{1,45}(%[a-z0-9._~-]{1,32})?")
_URL = re.compile("[!-~]+")
# What a URL may hold as it is; all else in a `Location` is percent-encoded.
_KEPT = "".join(map(chr, range(0x21, 0x7F)))


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
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
        if scheme not in _PORTS or parts.username is not None or not _URL.fullmatch(url) or not _HOST.fullmatch(host):
            raise ValueError("not a URL of HTTP")
        if port == 0 or ((":" in host or "[" in parts.netloc) and addresses.literal(host) is None):
            raise ValueError("nobody can listen there")
        return cls(scheme, host, _PORTS[scheme] if port is None else port)

    @property
    def netloc(self) -> str:
        """Host and port, with brackets around an IPv6 address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc.removesuffix(f':{_PORTS[self.scheme]}')}"


@dataclass(frozen=True)
class Endpoint:
    """A registry: `address` is what users call it, `origin` what answers. With `allow_private` it may direct us to private
    addresses although it is not at one. No text shows one of the `secrets`."""

    address: str
    origin: Origin
    allow_private: bool = False
    secrets: Secrets = field(default_factory=Secrets, repr=False, compare=False)
    # The kind of the registry's own addresses, as soon as it is known.
    _own: List[str] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, settings: RegistrySettings, secrets: Optional[Secrets] = None) -> Endpoint:
        """The endpoint for settings. Raises RegistryError unless their address is `host[:port]`."""
        address = settings.address
        host = _DOCKER_HUB_HOST if address in _DOCKER_HUB else address
        try:
            name = Origin.of(f"https://{host}").host
            insecure = settings.insecure
            if insecure is None:
                local = addresses.kind_of_host(name) == addresses.LOOPBACK
                insecure = local and not (settings.ca_file or settings.client_certificate)
            if any(character in host for character in "/?#@\\ "):
                raise ValueError
            origin = Origin.of(f"{'http' if insecure else 'https'}://{host}")
            return cls(address, origin, settings.allow_private, secrets or Secrets())
        except ValueError:
            cure = "write its host, and a port after a colon"
            # There may be a login before it.
            raise RegistryError(f"{without_login(address)!r} is not a valid address of a registry", cure) from None

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
            # A header is read as Latin-1, and what stands there is UTF-8.
            encoded = quote(location.encode("latin-1"), safe=_KEPT)
            url = "" if has_control(location) else urljoin(base, encoded)
        except ValueError:
            url = ""
        self.check_target(url, subject)
        return url.partition("#")[0]

    def check_target(self, url: str, subject: str) -> None:
        """Raise Unsafe unless the registry may direct us to a URL, by its spelling. `subject` would be sent there."""
        directs = f"{self.address} directs {subject} to"
        try:
            target = Origin.of(url)
        except ValueError:
            raise Unsafe(f"{directs} something that is not a URL of HTTP") from None
        shown = self.secrets.foreign(str(target))
        if self.origin.scheme == "https" and target.scheme != "https":
            cure = "make the proxy in front of the registry announce HTTPS (X-Forwarded-Proto, or the external URL)"
            raise Unsafe(f"{directs} {shown}, which is not protected by TLS as the registry itself is", cure)
        kind = addresses.kind_of_host(target.host)
        if target.host == self.origin.host or self._allows(kind, by_name=False):
            return
        text = f"{directs} {shown}, a {kind} address, which only a local registry may do"
        if kind == addresses.PRIVATE:
            raise Unsafe(text, "set `allow_private = true` on the registry in [scratch-image].registries if that is right")
        raise Unsafe(text)

    def permitted(self, host: str, found: Sequence[str]) -> Sequence[str]:
        """Of the IP addresses that were found for a host, those that a connection may go to. Raises Unsafe if there are
        none.

        A name may lead to private addresses: many networks have names of their own. The first look-up of the registry's
        own host says where the registry is.
        """
        kinds = [_kind(address) for address in found]
        if host == self.origin.host and not self._own:
            self._own.append(_common_kind(found))
        permitted = [address for address, kind in zip(found, kinds) if self._allows(kind, by_name=True)]
        if found and not permitted:
            shown = self.secrets.foreign(host)
            text = f"{shown} has the address {found[0]}, a {kinds[0]} address, to which {self.address} may not direct us"
            raise Unsafe(f"{text}: only a registry that is there may")
        return permitted

    def _allows(self, kind: str, by_name: bool) -> bool:
        if not kind or (kind == addresses.PRIVATE and (by_name or self.allow_private)):
            return True
        own = self._own_kind()
        return own == kind or (own == addresses.LOOPBACK and kind == addresses.PRIVATE)

    def _own_kind(self) -> str:
        if not self._own:
            # Nothing is connected to directly: there is a proxy.
            try:
                entries = socket.getaddrinfo(self.origin.host, None, type=socket.SOCK_STREAM)
                self._own.append(_common_kind([str(entry[4][0]) for entry in entries]))
            except (OSError, UnicodeError):
                self._own.append("")
        return self._own[0]


def _kind(address: str) -> str:
    return addresses.kind_of(ipaddress.ip_address(address.partition("%")[0]))


def _common_kind(found: Iterable[str]) -> str:
    return addresses.common_kind([ipaddress.ip_address(address.partition("%")[0]) for address in found])
