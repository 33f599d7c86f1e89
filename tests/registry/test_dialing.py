"""Pins down which addresses of a name are connected to."""

from __future__ import annotations

import dataclasses
import ipaddress
import socket

import pytest

from scratch_image.registry import addresses, dialing
from scratch_image.registry.deadline import Clock, Deadline
from scratch_image.registry.errors import DeadlinePassed, Unreachable
from scratch_image.registry.plan import PushPlan, RegistrySettings
from scratch_image.registry.retry import Retry
from tests.support.layouts import layout
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_faults import Changed
from tests.support.registry_server import RegistryServer

IMAGE = layout()


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
