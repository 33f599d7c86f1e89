"""Opens connections to judged addresses: a host is looked up once, and the connection goes to an address that was judged."""

from __future__ import annotations

import contextlib
import socket
from typing import Callable, Iterable, Optional, Sequence, Tuple

from scratch_image.registry.errors import Unreachable

# Of a host and its addresses, those that a connection may go to.
Permitted = Callable[[str, Sequence[str]], Sequence[str]]
_LISTENS = "check the address and its port, and that the registry runs: nothing listens there"
_NETWORK = "check the address, and that this machine may connect to it: its network, firewalls, and whether it needs a proxy"
_NETWORK += " (HTTPS_PROXY)"
SocketOption = Tuple[int, int, object]


def connect(
    origin: str, host: str, port: int, timeout: Optional[float], options: Iterable[SocketOption], permitted: Permitted
) -> socket.socket:
    """A connection to the first address that answers, of those that are permitted. `timeout` is in seconds for each, and
    `origin` names the host in errors. Raises Unreachable, and what `permitted` raises."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        # UnicodeError: a label of the name is too long, or empty.
        text = f"{origin} has a name that cannot be resolved ({_reason(error)})"
        raise Unreachable(text, "check the spelling of the address, and the name service (DNS) of this machine") from None
    allowed = permitted(host, [str(entry[4][0]) for entry in entries])
    failure: Optional[OSError] = None
    for family, kind, protocol, _, address in entries:
        if str(address[0]) not in allowed:
            continue
        try:
            return _open(socket.socket(family, kind, protocol), address, timeout, options)
        except OSError as error:
            failure = error
    if isinstance(failure, socket.timeout):
        raise Unreachable(f"{origin} cannot be connected to in time", _NETWORK)
    cure = _LISTENS if isinstance(failure, ConnectionRefusedError) else _NETWORK
    raise Unreachable(f"{origin} cannot be connected to" + (f" ({_reason(failure)})" if failure else ""), cure)


def _open(
    sock: socket.socket, address: Tuple[object, ...], timeout: Optional[float], options: Iterable[SocketOption]
) -> socket.socket:
    with contextlib.ExitStack() as stack:
        stack.callback(sock.close)
        for option in options:
            sock.setsockopt(*option)  # type: ignore[call-overload]
        sock.settimeout(timeout)
        sock.connect(address)
        stack.pop_all()
    return sock


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
