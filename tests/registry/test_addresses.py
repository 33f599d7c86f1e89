"""Pins down what kind of place an address is in each spelling, and that no connection goes where none may go."""

from __future__ import annotations

import dataclasses
import ipaddress
import itertools
import random
import socket

import pytest

from scratch_image.registry import addresses, dialing
from scratch_image.registry.deadline import Clock, Deadline
from scratch_image.registry.endpoint import Endpoint, Origin
from scratch_image.registry.errors import DeadlinePassed, RegistryError, Unreachable, Unsafe
from scratch_image.registry.plan import PushPlan, RegistrySettings
from scratch_image.registry.retry import Retry
from tests.support.layouts import layout
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_faults import Changed
from tests.support.registry_server import RegistryServer

IMAGE = layout()

HOSTS = [
    # host, kind, reason
    ("127.0.0.1", "loopback", "as everybody writes it"),
    ("2130706433", "loopback", "one number"),
    ("0x7f000001", "loopback", "hexadecimal"),
    ("0X7F.1", "loopback", "in capitals, in two parts"),
    ("017700000001", "loopback", "octal"),
    ("0177.0.0.1", "loopback", "octal, in parts"),
    ("0177.0.0.01", "loopback", "octal, twice"),
    ("127.1", "loopback", "two parts"),
    ("127.0.1", "loopback", "three parts"),
    ("127.255.255.255", "loopback", "all of 127/8"),
    ("127.0.0.1.", "loopback", "with a dot at its end"),
    ("0", "loopback", "this host"),
    ("0.0.0.0", "loopback", "this host, for Linux"),
    ("0x0", "loopback", "this host, hexadecimal"),
    ("00000000000", "loopback", "this host, octal"),
    ("0x", "loopback", "a number of no digits, for inet_aton"),
    ("localhost", "loopback", "by name"),
    ("localhost.", "loopback", "by name, with a dot"),
    ("LOCALHOST", "loopback", "by name, in capitals"),
    ("a.localhost", "loopback", "RFC 6761"),
    ("::1", "loopback", "IPv6"),
    ("0:0:0:0:0:0:0:1", "loopback", "IPv6, in full"),
    ("::", "loopback", "this host, by IPv6"),
    ("::ffff:127.0.0.1", "loopback", "mapped"),
    ("::ffff:7f00:1", "loopback", "mapped, hexadecimal"),
    ("::127.0.0.1", "loopback", "compatible"),
    ("::ffff:0:127.0.0.1", "loopback", "translated"),
    ("64:ff9b::127.0.0.1", "loopback", "NAT64"),
    ("64:ff9b:1::127.0.0.1", "loopback", "NAT64 of this site"),
    ("2002:7f00:1::", "loopback", "6to4"),
    ("2001:0:7f00:1::", "loopback", "Teredo, the server"),
    ("2001::80ff:fffe", "loopback", "Teredo, the client"),
    ("2620::5efe:127.0.0.1", "loopback", "ISATAP"),
    ("::1%lo", "loopback", "with a zone"),
    ("169.254.169.254", "link-local", "where clouds keep credentials"),
    ("0xa9fea9fe", "link-local", "the same, hexadecimal"),
    ("2852039166", "link-local", "the same, as a number"),
    ("169.254.43518", "link-local", "the same, in three parts"),
    ("::ffff:169.254.169.254", "link-local", "the same, mapped"),
    ("64:ff9b::a9fe:a9fe", "link-local", "the same by NAT64"),
    ("2002:a9fe:a9fe::1", "link-local", "the same by 6to4"),
    ("fe80::1", "link-local", "IPv6"),
    ("fe80::1%25eth0", "link-local", "IPv6, with a zone as in a URL"),
    ("febf::1", "link-local", "the end of fe80::/10"),
    ("fd00:ec2::254", "metadata", "AWS"),
    ("fd00:ec2::253", "metadata", "AWS: the resolver beside it"),
    ("fd00:ec2::23", "metadata", "AWS: credentials of pods"),
    ("fd00:ec2:ffff::1", "metadata", "AWS: all of its network"),
    ("fd00:ec3::254", "private", "the network beside it"),
    ("fd20:ce::254", "metadata", "Google"),
    ("fd00:c1::a9fe:a9fe", "metadata", "Oracle, by IPv6"),
    ("fd00:c1::a9fe:a9ff", "private", "the address beside it"),
    ("fd00:42::42", "metadata", "Scaleway, by IPv6"),
    ("fd00:a9fe:a9fe::1", "metadata", "169.254.169.254 in a prefix"),
    ("fd00:100::100:200", "metadata", "Alibaba, by IPv6"),
    ("100.100.100.200", "metadata", "Alibaba"),
    ("192.0.0.192", "metadata", "Oracle"),
    ("168.63.129.16", "metadata", "Azure, at a public address"),
    ("10.0.0.1", "private", "RFC 1918"),
    ("167772161", "private", "the same, as a number"),
    ("012.0.0.1", "private", "the same, octal"),
    ("172.16.0.1", "private", "RFC 1918"),
    ("172.31.255.255", "private", "its end"),
    ("192.168.257", "private", "in three parts"),
    ("0xc0.0xa8.1", "private", "hexadecimal, in three parts"),
    ("100.64.0.1", "private", "behind a carrier's NAT"),
    ("192.0.2.1", "private", "documentation"),
    ("198.18.0.1", "private", "benchmarks"),
    ("224.0.0.1", "private", "multicast"),
    ("255.255.255.255", "private", "broadcast"),
    ("4294967295", "private", "broadcast, as a number"),
    ("fc00::1", "private", "RFC 4193"),
    ("fd12:3456::1", "private", "RFC 4193"),
    ("fec0::1", "private", "site-local"),
    ("ff05::2", "private", "multicast of IPv6"),
    ("::ffff:10.0.0.1", "private", "mapped"),
    ("64:ff9b::10.0.0.1", "private", "NAT64"),
    ("2002:c0a8:101::", "private", "6to4"),
    ("64:ff9b:1::8.8.8.8", "private", "a prefix of this site"),
    ("172.15.255.255", "", "before 172.16/12"),
    ("172.32.0.1", "", "after it"),
    ("100.128.0.1", "", "after the carriers'"),
    ("8.8.8.8", "", "a public one"),
    ("134744072", "", "a public one, as a number"),
    ("2606:4700::1", "", "a public one of IPv6"),
    ("::ffff:8.8.8.8", "", "a public one, mapped"),
    ("64:ff9b::8.8.8.8", "", "a public one by NAT64"),
    ("2002:808:808::1", "", "a public one by 6to4"),
    ("registry.example", "", "a name"),
    ("localhost.example", "", "a name that begins so"),
    ("notlocalhost", "", "a name that ends so"),
    ("127.0.0.1.example", "", "a name that begins with an address"),
    ("127.0.0.256", "", "no address: a name"),
    ("1.2.3.4.5", "", "no address: a name"),
    ("08.1.1.1", "", "no octal: a name"),
    ("0x7g", "", "no number: a name"),
    ("4294967296", "", "too large: a name"),
    ("127..1", "", "no address"),
    ("1:2", "", "no address of IPv6"),
    ("", "", "nothing"),
]


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


# Where a connection goes.


class Names:
    """Answers look-ups from a table, a list of answers for each name, and notes what is asked."""

    def __init__(self, monkeypatch, table):
        self.table, self.asked = {name: list(answers) for name, answers in table.items()}, []
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host, port, *args, **kwargs):
        self.asked.append(host)
        if host not in self.table:
            return self._real(host, port, *args, **kwargs)
        answers = self.table[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port, *((0, 0) if ":" in address else ())))
            for family, address in zip(families, found)
        ]


@pytest.fixture()
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_host_is_looked_up_once(monkeypatch, listener):
    """An answer that changes changes nothing: the judged address is connected to."""
    names = Names(monkeypatch, {"a.example": [["127.0.0.1"], ["127.0.0.99"]]})
    with dialing.connect("http://a.example", "a.example", listener, 2, (), lambda host, found: found) as sock:
        assert sock.getpeername() == ("127.0.0.1", listener) and names.asked == ["a.example"]


def test_only_permitted_addresses_are_connected_to(monkeypatch, listener):
    Names(monkeypatch, {"a.example": [["127.0.0.98", "127.0.0.1", "127.0.0.99"]]})
    seen = []
    with dialing.connect(
        "http://a.example", "a.example", listener, 2, (), lambda host, found: seen.append((host, found)) or found[1:2]
    ) as sock:
        assert sock.getpeername()[0] == "127.0.0.1"
    assert seen == [("a.example", ["127.0.0.98", "127.0.0.1", "127.0.0.99"])]


def test_the_next_address_is_tried(monkeypatch):
    """Nothing listens at the first two."""
    with socket.create_server(("127.0.0.3", 0)) as server:
        port = server.getsockname()[1]
        Names(monkeypatch, {"a.example": [["127.0.0.1", "127.0.0.2", "127.0.0.3"]]})
        with dialing.connect("http://a.example", "a.example", port, 2, (), lambda host, found: found) as sock:
            assert sock.getpeername()[0] == "127.0.0.3"


UNREACHABLE = [
    # host, the message, the cure, reason
    ("127.0.0.1", r"cannot be connected to \(Connection refused\)", "and that the registry runs", "nobody listens"),
    ("a" * 64 + ".example", "has a name that cannot be resolved", "name service (DNS)", "a label that is too long"),
    ("a..b", "has a name that cannot be resolved", "spelling of the address", "an empty label"),
    ("255.255.255.255", "cannot be connected to", "whether it needs a proxy (HTTPS_PROXY)", "no route leads there"),
]


@pytest.mark.parametrize("host, said, cure, reason", UNREACHABLE, ids=[row[3] for row in UNREACHABLE])
def test_unreachable(host, said, cure, reason):
    """Each with its own cure, which is that of the deadline as well: more time does not help."""
    with pytest.raises(Unreachable, match=said) as caught:
        dialing.connect("http://x", host, 1, 2, (), lambda host, found: found)
    assert cure in caught.value.cure and caught.value.lasting_cure == caught.value.cure
    clock = Clock(monotonic=lambda: 0.0, random=lambda: 1.0)
    with pytest.raises(DeadlinePassed) as passed:
        Retry(Deadline(0.1, clock)).pause(1, caught.value)
    assert passed.value.cure == caught.value.cure


def directed(server, where, change_realm=False):
    """A registry that directs the upload, or the login, to a URL."""

    def change(server, request, response):
        if change_realm:
            response.headers["WWW-Authenticate"] = f'Bearer realm="{where}/token",service="x"'
        elif response.status == 202:
            response.headers["Location"] = response.headers["Location"].replace(server.url("registry"), where)

    server.fail_step("ping" if change_realm else "begin", Changed(change))


def as_public(monkeypatch, server, **names):
    """`r.example` is the registry of the test, which counts as one at a public address."""
    Names(monkeypatch, {"r.example": [["127.0.0.1"]], **{name.replace("_", "."): [found] for name, found in names.items()}})
    real = addresses.kind_of
    # The registry of the test must be somewhere: 127.0.0.1 is public here, all else is as it is.
    public = ipaddress.IPv4Address("127.0.0.1")
    monkeypatch.setattr(addresses, "kind_of", lambda address: "" if address == public else real(address))
    return f"r.example:{server.address().rpartition(':')[2]}"


REBOUND = [
    # where the name of the upload's or the login's place leads, the message, reason
    (["127.0.0.2"], "evil.example has the address 127.0.0.2, a loopback address", "this machine"),
    (["::1"], "evil.example has the address ::1, a loopback address", "this machine by IPv6"),
    (["::ffff:127.0.0.2"], "has the address ::ffff:127.0.0.2, a loopback address", "this machine, mapped"),
    (["0.0.0.0"], "has the address 0.0.0.0, a loopback address", "this host"),
    (["169.254.169.254"], "has the address 169.254.169.254, a link-local address", "credentials of a cloud"),
    (["fe80::1"], "has the address fe80::1, a link-local address", "link-local of IPv6"),
    (["64:ff9b::a9fe:a9fe"], "has the address 64:ff9b::a9fe:a9fe, a link-local address", "by NAT64"),
    (["fd00:ec2::254"], "has the address fd00:ec2::254, a metadata address", "credentials of a cloud, by IPv6"),
]


@pytest.mark.parametrize("login", [False, True], ids=["an upload", "a login"])
@pytest.mark.parametrize("found, said, reason", REBOUND, ids=[row[2] for row in REBOUND])
def test_a_name_that_leads_to_a_local_address(found, said, reason, login, tmp_path, monkeypatch):
    with RegistryServer("token" if login else "none") as server:
        address = as_public(monkeypatch, server, evil_example=found)
        directed(server, "http://evil.example:1", login)
        push = dataclasses.replace(push_of(server, tmp_path, IMAGE), registry=address)
        plan = PushPlan((push,), (RegistrySettings(address, insecure=True),), deadline=20)
        ran = run(plan, docker_config(tmp_path, address))
        assert said in ran.error and "to which r.example" in ran.error and ran.waits == []
        assert not [request for request in server.log if request.step in ("finish", "token")]


def test_a_name_that_leads_to_a_permitted_address_gets_the_upload(tmp_path, monkeypatch):
    with RegistryServer() as server:
        address = as_public(monkeypatch, server, storage_example=["127.0.0.2", "169.254.169.254", "127.0.0.1"])
        directed(server, f"http://storage.example:{server.address('storage').rpartition(':')[2]}")
        push = dataclasses.replace(push_of(server, tmp_path, IMAGE), registry=address)
        ran = run(PushPlan((push,), (RegistrySettings(address, insecure=True),), deadline=20))
        assert ran.error == "" and [each for each in server.log if each.host == "storage"]


@pytest.mark.parametrize("allow_private", [False, True])
def test_a_private_address_needs_the_setting(allow_private, tmp_path, monkeypatch):
    with RegistryServer() as server:
        address = as_public(monkeypatch, server)
        directed(server, "http://10.0.0.1:1")
        # It must not be connected to.
        monkeypatch.setattr(dialing, "_open", refuse_private(dialing._open))
        push = dataclasses.replace(push_of(server, tmp_path, IMAGE), registry=address)
        settings = RegistrySettings(address, insecure=True, allow_private=allow_private)
        ran = run(PushPlan((push,), (settings,), deadline=20))
        if allow_private:
            assert "http://10.0.0.1:1 cannot be connected to (of the test)" in ran.error
        else:
            assert "to http://10.0.0.1:1, a private address, which only a local registry may do" in ran.error
            assert "set `allow_private = true` on the registry" in ran.error


def refuse_private(real):
    def opened(sock, address, *args):
        if address[0].startswith("10."):
            sock.close()
            raise ConnectionRefusedError(111, "of the test")
        return real(sock, address, *args)

    return opened


def test_through_a_proxy_only_the_spelling_is_judged(tmp_path, monkeypatch):
    """The proxy looks names up; it is itself where the user says, also on this machine."""
    with RegistryServer() as server:
        address = "registry.example:5000"
        monkeypatch.setattr(type(server), "url", lambda self, host: f"http://{address}")
        push = dataclasses.replace(push_of(server, tmp_path, IMAGE), registry=address)
        plan = PushPlan((push,), (RegistrySettings(address, insecure=True),), deadline=20)
        environment = {"HTTP_PROXY": f"http://{server.address()}"}
        directed(server, "http://evil.example:1")
        assert run(plan, environment).error == ""
        server.tags.clear()
        server.manifests.clear()
        server.repositories.clear()
        directed(server, "http://0x7f.1:1")
        assert "directs sending blob" in run(plan, environment).error


@pytest.mark.parametrize("address", ["r.example:0", "１２７.0.0.1", "anna:secret@r.example", "r.example\n", "[1:2]:5000"])
def test_addresses_that_are_none(address):
    with pytest.raises(RegistryError, match="is not a valid address of a registry") as raised:
        Endpoint.of(RegistrySettings(address))
    assert "secret" not in str(raised.value)
