"""Who is at the other end of a connection on the loopback interface.

Any user of the machine can connect to a port of 127.0.0.1. The kernel knows whose socket it is: it is asked by netlink
(sock_diag(7)), for the one socket with these two addresses, without privileges.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import NamedTuple, Tuple

Address = Tuple[str, int]

# linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h. `socket` has no name for most of them.
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_ANY_STATE = _ANY_COOKIE = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")  # nlmsghdr
_QUESTION = struct.Struct("=BBBBI")  # inet_diag_req_v2, up to its inet_diag_sockid
_PORTS = struct.Struct("!HH")
_COOKIE = struct.Struct("=III")
_ANSWER = struct.Struct("=BB2x48x12xII")  # inet_diag_msg: family, state, uid, inode
_ERROR = struct.Struct("=i")
_ESTABLISHED = 1
_PATIENCE = 5.0


class Owner(NamedTuple):
    """Of a socket: its state (1 is ESTABLISHED), the user, and its inode, 0 where no process has it any more."""

    state: int
    uid: int
    inode: int


def owner(near: Address, far: Address) -> Owner:
    """The owner of the socket on this machine that has the IPv4 address `near` and is connected to `far`. Raises OSError if
    the kernel cannot be asked, and FileNotFoundError if there is no such socket."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(_PATIENCE)
        kernel.connect((0, 0))
        kernel.send(_question(near, far))
        answer = kernel.recv(4096)
    _, kind, *_ = _HEADER.unpack_from(answer)
    if kind != _SOCK_DIAG_BY_FAMILY:
        number = -_ERROR.unpack_from(answer, _HEADER.size)[0]
        raise OSError(number, os.strerror(number))
    _, state, uid, inode = _ANSWER.unpack_from(answer, _HEADER.size)
    return Owner(state, uid, inode)


def is_own(connection: socket.socket) -> bool:
    """Whether a process of this user has the other end of a connection, open. Of a closed socket the kernel says that it is
    root's, whoever had it."""
    try:
        found = owner(connection.getpeername(), connection.getsockname())
    except OSError:
        return False
    return found.state == _ESTABLISHED and found.inode != 0 and found.uid == os.geteuid()


def can_tell() -> bool:
    """Whether the kernel can be asked here: tried with a connection of this process to itself."""
    if not hasattr(socket, "AF_NETLINK"):
        return False
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            client = socket.create_connection(server.getsockname())
            with client, server.accept()[0] as connection:
                return is_own(connection)
    except OSError:
        return False


def _question(near: Address, far: Address) -> bytes:
    content = b"".join(
        (
            _QUESTION.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, _ANY_STATE),
            _PORTS.pack(near[1], far[1]),
            socket.inet_aton(near[0]).ljust(16, b"\0"),
            socket.inet_aton(far[0]).ljust(16, b"\0"),
            _COOKIE.pack(0, _ANY_COOKIE, _ANY_COOKIE),
        )
    )
    return _HEADER.pack(_HEADER.size + len(content), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 0, 0) + content
