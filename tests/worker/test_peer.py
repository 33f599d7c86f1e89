"""Who is at the other end of a connection: this user, another one, or somebody who has gone."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys

import pytest

from scratch_image.worker import peer
from tests.support.pants_side import as_another_user

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers need Linux")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can play another user")


@contextlib.contextmanager
def connected(address="127.0.0.1"):
    """Both ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as client:
            client.connect((address, server.getsockname()[1]))
            with server.accept()[0] as connection:
                yield client, connection


def test_the_kernel_can_be_asked_here():
    assert peer.can_tell()


def test_this_user():
    with connected() as (client, connection):
        found = peer.owner(client.getsockname(), connection.getsockname())
        assert found.state == 1
        assert (found.uid, found.inode) == (os.geteuid(), os.fstat(client.fileno()).st_ino)
        assert peer.is_own(connection)


def test_a_client_that_has_an_ipv6_socket():
    with connected("::ffff:127.0.0.1") as (_, connection):
        assert peer.is_own(connection)


def nothing(client):
    pass


def close(client):
    client.close()


def close_half(client):
    client.shutdown(socket.SHUT_WR)


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def send_and_close(client):
    client.sendall(b"a request")
    client.close()


@pytest.mark.parametrize("act", [close, close_half, reset, send_and_close])
def test_who_has_closed_the_connection_is_nobody(act):
    with connected() as (client, connection):
        act(client)
        assert not peer.is_own(connection)


@needs_root
@pytest.mark.parametrize("act", [nothing, close, close_half, reset, send_and_close])
def test_another_user(act):
    with socket.create_server(("127.0.0.1", 0)) as server:
        other = as_another_user(server.getsockname()[1], act)
        with other, server.accept()[0] as connection:
            assert not peer.is_own(connection)


def test_a_kernel_that_cannot_be_asked(monkeypatch):
    with connected() as (_, connection):
        monkeypatch.setattr(peer, "_NETLINK_SOCK_DIAG", 9999)
        assert not peer.is_own(connection)
        assert not peer.can_tell()
        monkeypatch.undo()
        monkeypatch.delattr(socket, "AF_NETLINK")
        assert not peer.can_tell()


def test_no_such_socket():
    with pytest.raises(FileNotFoundError):
        peer.owner(("127.0.0.1", 1), ("127.0.0.1", 2))
