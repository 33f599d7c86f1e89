"""Where the frames of a zstd stream end (RFC 8878, section 3.1), without unpacking them."""

from __future__ import annotations

import struct
from typing import Callable, Optional

_MAGIC = 0xFD2FB528
_SKIPPABLE = 0x184D2A5


class Frames:
    """Takes the stream in pieces of any size. `wrong` is why it is not a zstd stream, or None."""

    def __init__(self) -> None:
        self.wrong: Optional[str] = None
        self._held = b""
        self._skip = 0
        self._needed = 4
        self._then: Callable[[bytes], None] = self._magic
        self._checksum = False

    @property
    def at_end(self) -> bool:
        """Whether the stream may end here: after a whole frame."""
        return not self._skip and not self._held and self._then == self._magic

    def feed(self, piece: bytes) -> None:
        """Takes the next piece of the stream."""
        at = 0
        while at < len(piece) and self.wrong is None:
            if self._skip:
                step = min(self._skip, len(piece) - at)
                self._skip -= step
                at += step
                continue
            step = min(self._needed - len(self._held), len(piece) - at)
            self._held += piece[at : at + step]
            at += step
            if len(self._held) == self._needed:
                held, self._held = self._held, b""
                self._then(held)

    def _next(self, needed: int, then: Callable[[bytes], None], skip: int = 0) -> None:
        self._needed, self._then, self._skip = needed, then, skip

    def _magic(self, held: bytes) -> None:
        (number,) = struct.unpack("<I", held)
        if number == _MAGIC:
            self._next(1, self._descriptor)
        elif number >> 4 == _SKIPPABLE:
            self._next(4, self._skippable)
        else:
            self.wrong = "a frame is followed by something that is not a frame"

    def _skippable(self, held: bytes) -> None:
        self._next(4, self._magic, skip=struct.unpack("<I", held)[0])

    def _descriptor(self, held: bytes) -> None:
        """Section 3.1.1.1.1: the flags say how long the rest of the header is."""
        flags = held[0]
        single, self._checksum = bool(flags & 0x20), bool(flags & 4)
        size = (1 if single else 0, 2, 4, 8)[flags >> 6]
        self._next(3, self._block, skip=(0 if single else 1) + (0, 1, 2, 4)[flags & 3] + size)

    def _block(self, held: bytes) -> None:
        """Section 3.1.1.2: last, type and size; a block of type 1 is one byte, repeated."""
        number = int.from_bytes(held, "little")
        size = 1 if number >> 1 & 3 == 1 else number >> 3
        if number & 1:
            self._next(4, self._magic, skip=size + (4 if self._checksum else 0))
        else:
            self._next(3, self._block, skip=size)
