"""A request to a service in a container: a child of this process enters the container's network, and asks until it is
answered (RFC 9112)."""

from __future__ import annotations

import os
import socket
import time
from typing import Optional

from scratch_image.run import linux
from scratch_image.run.container import Container

_PAUSE = 0.02
_TIMEOUT = 5.0


class Request:
    """`GET path` on a port until the status is `status`, at most so many seconds. `descriptor` can be read when it is known
    how that went."""

    def __init__(self, container: Container, port: int, path: str, status: int, seconds: float) -> None:
        self.descriptor, writer = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            text = "the request could not be made"
            try:
                os.close(self.descriptor)
                linux.die_with_parent()
                container.enter_network()
                # The end of this process's parent must be seen by the container as well.
                container.control.close()
                text = _ask(port, path, status, seconds)
            except BaseException as error:
                text = f"the request could not be made: {error}"
            finally:
                os.write(writer, text.encode("utf-8", "replace")[:4000])
                os._exit(0)
        os.close(writer)

    def result(self) -> str:
        """Waits for the end; `ok`, or what was found."""
        text = os.read(self.descriptor, 4096).decode("utf-8", "replace")
        self.close()
        return text

    def close(self) -> None:
        """Ends the child."""
        if self._child:
            os.close(self.descriptor)
            linux.kill_child(self._child)
            self._child = 0


def is_taken(port: int) -> bool:
    """Whether something listens on a port of this process's network."""
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def _ask(port: int, path: str, status: int, seconds: float) -> str:
    deadline = time.monotonic() + seconds
    found = "no connection"
    while time.monotonic() < deadline:
        try:
            answer = _answer(port, path)
            if answer == status:
                return "ok"
            found = f"status {answer}" if answer is not None else "an answer that is not HTTP"
        except OSError as error:
            found = error.strerror or str(error)
        time.sleep(_PAUSE)
    return found


def _answer(port: int, path: str) -> Optional[int]:
    with socket.create_connection(("127.0.0.1", port), _TIMEOUT) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
        line = b""
        while b"\n" not in line and len(line) < 4096:
            piece = connection.recv(4096)
            if not piece:
                break
            line += piece
    words = line.split(b"\r\n")[0].split(b" ")
    return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/") and words[1].isdigit() else None
