"""Pins down what kind of address a host is."""

from __future__ import annotations

import ipaddress
import itertools
import random
import socket

import pytest

from scratch_image.registry import addresses
from scratch_image.registry.endpoint import Endpoint
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.plan import RegistrySettings
from tests.support.hosts import HOSTS


@pytest.mark.parametrize("host, want, reason", HOSTS, ids=[f"{row[0]}: {row[2]}" for row in HOSTS])
def test_the_kind_of_a_host(host, want, reason):
    assert addresses.kind_of_host(host) == want


def test_spellings_of_an_address_are_those_of_the_system():
    """inet_aton(3) decides for getaddrinfo; what it takes we must judge."""
    source = random.Random(5)
    numbers = [
        "0",
        "1",
        "127",
        "0x7f",
        "0177",
        "255",
        "256",
        "65536",
        "0xffffff",
        "08",
        "",
        "0x",
        "-1",
        "1e1",
        "2130706433",
        "00",
    ]
    hosts = [".".join(parts) for count in range(1, 6) for parts in itertools.product(numbers[:7], repeat=count)][:3000]
    hosts += [".".join(source.choices(numbers, k=source.randrange(1, 6))) for _ in range(5000)]
    for host in hosts:
        try:
            want = ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            continue
        assert addresses.literal(host) == want, host


def test_all_of_ipv4():
    """Of every /16, an address is local exactly where Python says that it is not global, but for clouds' own."""
    for number in range(1 << 16):
        address = ipaddress.IPv4Address(number << 16 | 0x0101)
        assert bool(addresses.kind_of(address)) is not (address.is_global and not address.is_multicast), address


@pytest.mark.parametrize("address", ["r.example:0", "１２７.0.0.1", "anna:secret@r.example", "r.example\n", "[1:2]:5000"])
def test_addresses_that_are_none(address):
    with pytest.raises(RegistryError, match="is not a valid address of a registry") as raised:
        Endpoint.of(RegistrySettings(address))
    assert "secret" not in str(raised.value)
