"""Pins down where a registry is, and where it may send us."""

from __future__ import annotations

import socket

import pytest

from scratch_image.registry import endpoint
from scratch_image.registry.endpoint import Endpoint, Origin
from scratch_image.registry.errors import RegistryError, Unsafe
from scratch_image.registry.plan import RegistrySettings

ADDRESSES = [
    # settings, URL of /v2/, reason
    (RegistrySettings("r.example"), "https://r.example/v2/", "HTTPS where nothing else is said"),
    (RegistrySettings("r.example:5000"), "https://r.example:5000/v2/", "a port does not make it plain"),
    (RegistrySettings("R.Example:443"), "https://r.example/v2/", "hosts are the same in any case"),
    (RegistrySettings("r.example", True), "http://r.example/v2/", "asked for"),
    (RegistrySettings("localhost:5000"), "http://localhost:5000/v2/", "loopback"),
    (RegistrySettings("127.9.8.7"), "http://127.9.8.7/v2/", "all of 127/8 is loopback"),
    (RegistrySettings("[::1]:5000"), "http://[::1]:5000/v2/", "loopback of IPv6"),
    (RegistrySettings("localhost:5000", False), "https://localhost:5000/v2/", "asked for"),
    (RegistrySettings("localhost:5000", ca_file="ca.pem"), "https://localhost:5000/v2/", "a CA means TLS"),
    (RegistrySettings("localhost", client_certificate="c.pem"), "https://localhost/v2/", "so does a certificate"),
    (RegistrySettings("10.0.0.1:5000"), "https://10.0.0.1:5000/v2/", "a private network is not the loopback"),
    (RegistrySettings("docker.io"), "https://registry-1.docker.io/v2/", "Docker Hub answers at another host"),
    (RegistrySettings("localhost.example"), "https://localhost.example/v2/", "a name that only looks like it"),
]


@pytest.mark.parametrize("settings, want, reason", ADDRESSES, ids=[row[2] for row in ADDRESSES])
def test_addresses(settings, want, reason):
    assert Endpoint.of(settings).url("") == want


@pytest.mark.parametrize(
    "address",
    ["", "r.example/a", "https://r.example", "user:x@r.example", "r.example:port", "a b", "a?b", "r.example:99999"],
)
def test_what_is_no_address(address):
    with pytest.raises(RegistryError, match="is not a valid address of a registry"):
        Endpoint.of(RegistrySettings(address))


def test_names_at_docker_hub():
    hub, other = Endpoint.of(RegistrySettings("docker.io")), Endpoint.of(RegistrySettings("r.example"))
    assert (hub.repository("hello"), hub.repository("a/b"), other.repository("hello")) == ("library/hello", "a/b", "hello")
    assert (hub.login_name, other.login_name) == ("https://index.docker.io/v1/", "r.example")


BASE = "https://r.example/v2/a/blobs/uploads/"
FOLLOWED = [
    # base, Location, where it leads, reason
    (BASE, "/v2/a/blobs/uploads/1?s=a%2Fb", "https://r.example/v2/a/blobs/uploads/1?s=a%2Fb", "relative to the host"),
    (BASE, "1?s=x", "https://r.example/v2/a/blobs/uploads/1?s=x", "relative to the path"),
    (BASE, "//r.example:444/x", "https://r.example:444/x", "another port of the host"),
    (BASE, "https://storage.example/x?signature=y", "https://storage.example/x?signature=y", "storage elsewhere"),
    (BASE, "https://r.example/x#part", "https://r.example/x", "without the fragment"),
    (BASE, "https://8.8.8.8/x", "https://8.8.8.8/x", "a public address"),
    ("http://localhost:5000/v2/", "http://127.0.0.1:9000/x", "http://127.0.0.1:9000/x", "local, from a local registry"),
    ("http://10.0.0.1/v2/", "https://10.0.0.2/x", "https://10.0.0.2/x", "private, from a private registry"),
    ("http://r.example/v2/", "https://r.example/x", "https://r.example/x", "from plain HTTP to HTTPS"),
]


def at(base):
    origin = Origin.of(base)
    return Endpoint(origin.host, origin)


@pytest.mark.parametrize("base, location, want, reason", FOLLOWED, ids=[row[3] for row in FOLLOWED])
def test_followed(base, location, want, reason):
    assert at(base).follow(base, location, "an upload") == want


REFUSED = [
    # base, Location, the message, reason
    (BASE, "http://r.example/x", "X-Forwarded-Proto", "unprotected, as behind a proxy that was not set up"),
    (BASE, "http://storage.example/x", "which is not protected by TLS", "unprotected, elsewhere"),
    (BASE, "https://169.254.169.254/latest/meta-data", "a link-local address", "where clouds keep credentials"),
    ("http://localhost/v2/", "http://169.254.169.254/", "a link-local address", "from a local registry as well"),
    (BASE, "https://[fe80::1]/x", "a link-local address", "the same of IPv6"),
    (BASE, "https://127.0.0.1/x", "a loopback address", "this machine"),
    (BASE, "https://localhost:8443/x", "a loopback address", "this machine by its name"),
    (BASE, "https://[::ffff:127.0.0.1]/x", "a loopback address", "this machine by IPv6"),
    (BASE, "https://10.0.0.1/x", "a private address", "a private network"),
    (BASE, "https://0.0.0.0/x", "a loopback address", "this machine, for Linux"),
    (BASE, "file:///etc/passwd", "not a URL of HTTP", "another scheme"),
    (BASE, "https://user:pass@storage.example/x", "not a URL of HTTP", "credentials that are not ours"),
    (BASE, "https://[/x", "not a URL of HTTP", "no URL"),
    (BASE, "https://r.example:x/", "not a URL of HTTP", "no port"),
]


@pytest.mark.parametrize("base, location, said, reason", REFUSED, ids=[row[3] for row in REFUSED])
def test_refused(base, location, said, reason, monkeypatch):
    monkeypatch.setattr(endpoint.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("93.184.215.14", 0))])
    with pytest.raises(Unsafe, match=said):
        at(base).follow(base, location, "an upload")


@pytest.mark.parametrize("addresses, allowed", [(["10.0.0.9"], True), (["10.0.0.9", "8.8.8.8"], False), ([], False)])
def test_a_private_registry_is_known_by_its_addresses(addresses, allowed, monkeypatch):
    def resolve(*_, **__):
        if not addresses:
            raise socket.gaierror("no such name")
        return [(2, 1, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(endpoint.socket, "getaddrinfo", resolve)
    if allowed:
        at(BASE).check_target("https://10.0.0.1/token", "the login")
    else:
        with pytest.raises(Unsafe):
            at(BASE).check_target("https://10.0.0.1/token", "the login")
