"""The frames of the nailgun protocol: what Pants sends to a worker, and what it reads from one.

A frame is its payload's length (4 bytes, big endian), its kind (1 byte) and the payload. A request is the frames up to the
kind C, which names the command. Source: Pants' client, the crate `nails`.
"""

from __future__ import annotations

import os
import struct
from typing import List, NamedTuple, Optional, Tuple

STDOUT, STDERR = b"1", b"2"
_EXIT = b"X"
_START = struct.Struct(">Ic")
# A command line is shorter: the kernel takes at most 6 MiB (execve(2)).
_LIMIT = 16 << 20


class BrokenRequest(ValueError):
    """What was sent is not a request."""


class Request(NamedTuple):
    """`command` is the name that the worker has for Pants; `arguments` follow it. `directory` is the process's own."""

    command: str
    arguments: Tuple[str, ...]
    environment: Tuple[Tuple[str, str], ...]
    directory: str


class RequestReader:
    """Takes the bytes of one connection until they are a request."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._size = 0
        self._arguments: List[str] = []
        self._environment: List[Tuple[str, str]] = []
        self._directory = ""

    def feed(self, content: bytes) -> Optional[Request]:
        """The request, once it is complete; what follows it is ignored. Raises BrokenRequest."""
        self._unread += content
        self._size += len(content)
        if self._size > _LIMIT:
            raise BrokenRequest(f"a request has at most {_LIMIT} bytes")
        position = 0
        try:
            while len(self._unread) - position >= _START.size:
                length, kind = _START.unpack_from(self._unread, position)
                end = position + _START.size + length
                if length > _LIMIT:
                    raise BrokenRequest(f"a frame of {length} bytes")
                if len(self._unread) < end:
                    break
                text = os.fsdecode(bytes(self._unread[position + _START.size : end]))
                position = end
                if kind == b"C":
                    return Request(text, tuple(self._arguments), tuple(self._environment), self._directory)
                self._take(kind, text)
        finally:
            del self._unread[:position]
        return None

    def _take(self, kind: bytes, text: str) -> None:
        if kind == b"A":
            self._arguments.append(text)
        elif kind == b"E":
            name, equals, value = text.partition("=")
            if not equals:
                raise BrokenRequest(f"{text!r} is not a variable with its value")
            self._environment.append((name, value))
        elif kind == b"D":
            self._directory = text
        elif kind != b"H":
            raise BrokenRequest(f"a frame of the kind {kind!r} in a request")


def output(kind: bytes, content: bytes) -> bytes:
    """The frame of what a process wrote to `STDOUT` or `STDERR`."""
    return _START.pack(len(content), kind) + content


def exit_code(code: int) -> bytes:
    """The frame that ends the answer. A process that a signal ended has the negative number of the signal."""
    return output(_EXIT, str(code).encode())
