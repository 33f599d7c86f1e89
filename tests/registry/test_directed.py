"""Pins down to which URLs a registry may direct an upload or a login, by how they are spelt."""

from __future__ import annotations

import ipaddress

import pytest

from scratch_image.registry.endpoint import Endpoint, Origin
from scratch_image.registry.errors import Unsafe
from tests.support.hosts import HOSTS

# Where a registry may direct us, by the spelling of a URL.


def endpoint(kind="", allow_private=False, scheme="http"):
    made = Endpoint("r.example", Origin(scheme, "r.example", 80), allow_private)
    made._own.append(kind)
    return made


DIRECTED = [
    # kind of the registry's own address, allow_private, the kinds that it may direct us to by address
    ("", False, ("",)),
    ("", True, ("", "private")),
    ("private", False, ("", "private")),
    ("private", True, ("", "private")),
    ("loopback", False, ("", "private", "loopback")),
    ("link-local", False, ("", "link-local")),
    ("metadata", False, ("", "metadata")),
]


@pytest.mark.parametrize("own, allow_private, allowed", DIRECTED)
def test_literals(own, allow_private, allowed):
    for host, kind, _ in HOSTS:
        if not kind:
            continue
        url = f"http://[{host}]/x" if ":" in host else f"http://{host}/x"
        try:
            Origin.of(url)
        except ValueError:
            continue
        if kind in allowed:
            endpoint(own, allow_private).check_target(url, "the login")
        else:
            with pytest.raises(Unsafe, match=f"r.example directs the login to .*, a {kind} address"):
                endpoint(own, allow_private).check_target(url, "the login")


@pytest.mark.parametrize("own, allow_private, allowed", DIRECTED)
def test_names(own, allow_private, allowed):
    """A name may lead to a private address from anywhere: split DNS, private endpoints."""
    for address, kind, _ in HOSTS:
        try:
            ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            continue
        if kind in (*allowed, "private"):
            assert endpoint(own, allow_private).permitted("storage.example", [address]) == [address]
        else:
            with pytest.raises(
                Unsafe, match=f"storage.example has the address .*, a {kind} address, to which r.example may"
            ):
                endpoint(own, allow_private).permitted("storage.example", [address])


def test_of_several_addresses_the_permitted_ones_are_used():
    found = ["127.0.0.1", "8.8.8.8", "169.254.169.254", "10.0.0.1"]
    assert endpoint().permitted("storage.example", found) == ["8.8.8.8", "10.0.0.1"]


def test_the_first_look_up_says_where_the_registry_is():
    """What its name leads to later is no more trusted than another name."""
    made = Endpoint("r.example", Origin("http", "r.example", 80))
    assert made.permitted("r.example", ["8.8.8.8"]) == ["8.8.8.8"]
    with pytest.raises(Unsafe, match=r"r\.example has the address 127\.0\.0\.1"):
        made.permitted("r.example", ["127.0.0.1"])
    local = Endpoint("r.example", Origin("http", "r.example", 80))
    assert local.permitted("r.example", ["127.0.0.1", "::1"]) == ["127.0.0.1", "::1"]
    both = Endpoint("r.example", Origin("http", "r.example", 80))
    assert both.permitted("r.example", ["127.0.0.1", "8.8.8.8"]) == ["8.8.8.8"]


REFUSED_URLS = [
    # URL, reason
    ("http://１２７.0.0.1/x", "digits that are not ASCII"),
    ("http://localhost\u3002/x", "a dot that is not ASCII"),
    ("http://①②⑦.0.0.1/x", "digits in circles"),
    ("http://r.example\\@127.0.0.1/x", "a backslash"),
    ("http://r.example%2f@127.0.0.1/x", "a login"),
    ("http://%31%32%37.0.0.1/x", "a host that is percent-encoded"),
    ("http://127.0.0.1 .example/x", "a space in the host"),
    ("http://[::1/x", "a bracket"),
    ("http://[1:2]/x", "no address"),
    ("http://[v1.x]/x", "an address of the future"),
    ("http://a..b\x00/x", "a null"),
    ("http://r.example:0/x", "port 0"),
    ("http://r.example:99999/x", "no port"),
    ("http://r.example:１/x", "a port that is not ASCII"),
    ("http:///x", "no host"),
    ("http://.../x", "dots"),
    ("http:r.example/x", "no authority"),
    ("gopher://127.0.0.1/x", "another scheme"),
]


@pytest.mark.parametrize("url, reason", REFUSED_URLS, ids=[row[1] for row in REFUSED_URLS])
def test_urls_that_are_none(url, reason):
    with pytest.raises(Unsafe, match=r"r\.example directs the login to something that is not a URL of HTTP"):
        endpoint().check_target(url, "the login")


def test_a_location_is_percent_encoded():
    made = endpoint()
    base = "http://r.example/v2/"
    assert made.follow(base, "/a b/\xc3\xa9?x=%20y#z", "x") == "http://r.example/a%20b/%C3%A9?x=%20y"
    for location in ("http://r.example\r\n.evil/", "http://127.0.0.1\t/", "\thttp://127.0.0.1/"):
        with pytest.raises(Unsafe):
            made.follow(base, location, "x")
