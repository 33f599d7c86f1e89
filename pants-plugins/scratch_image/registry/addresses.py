"""What kind of place an IP address is, in every spelling that a resolver takes. Pure.

IANA's registries of special-purpose addresses are written out: what `ipaddress` calls private depends on the version of
Python.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Iterable, Optional, Union

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

LOOPBACK, LINK_LOCAL, METADATA, PRIVATE = "loopback", "link-local", "metadata", "private"
_KINDS = (
    # RFC 1122: "this host"; Linux connects 0.0.0.0 and :: to itself.
    (LOOPBACK, ("127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128")),
    # Clouds keep credentials of machines at 169.254.169.254.
    (LINK_LOCAL, ("169.254.0.0/16", "fe80::/10", "ff02::/16")),
    # And at other addresses: Alibaba, Oracle, Azure.
    (METADATA, ("100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32")),
    # By IPv6: AWS (with the services beside it), Google, Oracle, Scaleway, OpenStack, Alibaba.
    (METADATA, ("fd00:ec2::/32", "fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128", "fd00:42::42/128")),
    (METADATA, ("fd00:a9fe:a9fe::1/128", "fd00:100::100:200/128")),
    (PRIVATE, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10")),
    # No registry is there: protocols, documentation, benchmarks, multicast, reserved ones.
    (PRIVATE, ("192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3")),
    (PRIVATE, ("100::/64", "2001:db8::/32", "3fff::/20", "5f00::/16", "ff00::/8")),
)
_NETWORKS = tuple((kind, ipaddress.ip_network(text)) for kind, texts in _KINDS for text in texts)
# IPv6 addresses that lead to an IPv4 address, and the bit at which it begins: mapped, compatible, translated (RFC 2765),
# NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056).
_EMBEDDING = tuple(
    (ipaddress.IPv6Network(text), bit)
    for text, bit in (
        ("::ffff:0:0/96", 96),
        ("::/96", 96),
        ("::ffff:0:0:0/96", 96),
        ("64:ff9b::/96", 96),
        ("64:ff9b:1::/96", 96),
        ("2002::/16", 16),
    )
)
_TEREDO = ipaddress.IPv6Network("2001::/32")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
# RFC 5214, section 6.1: an interface identifier that holds an IPv4 address.
_ISATAP = (0x00005EFE, 0x02005EFE)
_NUMBER = re.compile(r"(0[xX][0-9A-Fa-f]*)|(0[0-7]*)|([1-9][0-9]*)")


def literal(host: str) -> Optional[Address]:
    """The address that a host spells out; None for a name. IPv4 addresses as inet_aton(3) takes them: one to four numbers,
    decimal, octal or hexadecimal, of which the last fills the rest."""
    host = host.partition("%")[0].rstrip(".")
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host.strip("[]"))
        except ValueError:
            return None
    parts = host.split(".")
    matches = [_NUMBER.fullmatch(part) for part in parts if len(part) <= 64]
    if len(parts) > 4 or len(matches) != len(parts) or not all(matches):
        return None
    *first, last = (_value(match) for match in matches if match)
    room = 4 - len(first)
    if any(number > 255 for number in first) or last >= 1 << 8 * room:
        return None
    return ipaddress.IPv4Address(int.from_bytes(bytes(first), "big") << 8 * room | last)


def kind_of_host(host: str) -> str:
    """The kind of a host by its spelling alone: empty for a public address, and for a name but `localhost`."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return LOOPBACK
    address = literal(host)
    return kind_of(address) if address else ""


def kind_of(address: Address) -> str:
    """`loopback`, `link-local`, `metadata` or `private`; empty for a public address. An address that leads to another one
    has the kind of that, unless it has one of its own: the first of these."""
    for kind, network in _NETWORKS:
        if address.version == network.version and address in network:
            return kind
    if isinstance(address, ipaddress.IPv6Address):
        # A prefix for this site's own translators is no public address.
        kinds = {*map(kind_of, _embedded(address)), PRIVATE if address in _LOCAL_NAT64 else ""}
        return next((kind for kind in (LOOPBACK, LINK_LOCAL, METADATA, PRIVATE) if kind in kinds), "")
    return ""


def common_kind(addresses: Iterable[Address]) -> str:
    """The kind of a host that has all of these addresses: empty if any is public, or there is none."""
    kinds = set(map(kind_of, addresses))
    if len(kinds) == 1:
        return kinds.pop()
    return PRIVATE if kinds and kinds <= {LOOPBACK, PRIVATE} else ""


def _value(match: re.Match[str]) -> int:
    if match[1]:
        return int(match[1][2:] or "0", 16)
    return int(match[2], 8) if match[2] else int(match[3])


def _embedded(address: ipaddress.IPv6Address) -> Iterable[ipaddress.IPv4Address]:
    value = int(address)
    for network, bit in _EMBEDDING:
        if address in network:
            yield ipaddress.IPv4Address(value >> (96 - bit) & 0xFFFFFFFF)
    if address in _TEREDO:
        # RFC 4380, section 4: the client's address is inverted; the server's is not.
        yield ipaddress.IPv4Address(~value & 0xFFFFFFFF)
        yield ipaddress.IPv4Address(value >> 64 & 0xFFFFFFFF)
    if value >> 32 & 0xFFFFFFFF in _ISATAP:
        yield ipaddress.IPv4Address(value & 0xFFFFFFFF)
