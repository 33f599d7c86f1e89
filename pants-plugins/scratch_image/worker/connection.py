"""One connection to a worker: what comes in, and what waits to be sent."""

from __future__ import annotations

import socket
from typing import Optional

from scratch_image.worker.frames import Request, RequestReader

_PIECE = 1 << 16
# Bytes that may wait until a client reads: a process that writes more than the client takes waits itself.
_MOST_UNSENT = 1 << 20


class Connection:
    """`request` is None until it is complete. `is_open` is False once the client has closed its end, or is not to be
    believed; then what is left to send is dropped."""

    def __init__(self, client: socket.socket) -> None:
        client.setblocking(False)
        self.request: Optional[Request] = None
        self.is_open = True
        self._client = client
        self._reader = RequestReader()
        self._unsent = bytearray()
        self._is_finished = False

    def fileno(self) -> int:
        """For select()."""
        return self._client.fileno()

    @property
    def has_unsent(self) -> bool:
        """Whether there are bytes of an answer that the client has not taken."""
        return bool(self._unsent)

    @property
    def is_full(self) -> bool:
        """Whether the client takes its answers so slowly that no more is to be read from the process."""
        return len(self._unsent) >= _MOST_UNSENT

    def receive(self) -> None:
        """Takes what has come. What follows a request is of no use: our processes read no input. Raises BrokenRequest."""
        try:
            content = self._client.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            content = b""
        if not content:
            self.is_open = False
            self._unsent.clear()
        elif self.request is None:
            self.request = self._reader.feed(content)

    def write(self, frame: bytes) -> None:
        """Sends a frame, now or by later calls of send()."""
        if self.is_open:
            self._unsent += frame
            self.send()

    def send(self) -> None:
        """Sends as much as the client takes now."""
        try:
            while self._unsent:
                del self._unsent[: self._client.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.is_open = False
            self._unsent.clear()

    def finish(self) -> None:
        """Says that nothing follows. A socket that is closed while something is unread takes back what was sent, so it is
        closed when the client has closed its end."""
        if not self._is_finished:
            self._is_finished = True
            try:
                self._client.shutdown(socket.SHUT_WR)
            except OSError:
                self.is_open = False

    def close(self) -> None:
        """Ends the connection, and drops what is unread or unsent."""
        self._client.close()
