"""Where the frames of a zstd stream end (RFC 8878, section 3.1), without unpacking them."""

from __future__ import annotations

from typing import Generator, Optional

from scratch_image.layout.stream_parts import Parts

_MAGIC = 0xFD2FB528
_SKIPPABLE = 0x184D2A5


class Frames:
    """Takes the stream in pieces of any size; `parts` is told of each frame and block. `at_end` is whether it may end here,
    after a whole frame; `wrong` is why it is not a zstd stream, or None."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.wrong: Optional[str] = None
        self.at_end = True
        self._held = b""
        self._fields = self._parse()
        # The size of the next field, which is held until it is whole; or, negative, how many bytes are skipped.
        self._needed = next(self._fields)

    def feed(self, piece: bytes) -> None:
        """Takes the next piece of the stream."""
        at = 0
        while at < len(piece) and self.wrong is None:
            self.at_end = False
            step = min(abs(self._needed) - len(self._held), len(piece) - at)
            if self._needed < 0:
                self._needed += step
            else:
                self._held += piece[at : at + step]
            at += step
            while len(self._held) == self._needed and self.wrong is None:
                held, self._held = self._held, b""
                self._needed = self._fields.send(held)

    def _parse(self) -> Generator[int, bytes, None]:
        while self.wrong is None:
            self.at_end = True
            number = int.from_bytes((yield 4), "little")
            self._parts.add()
            if number == _MAGIC:
                yield from self._frame()
            elif number >> 4 == _SKIPPABLE:
                self._parts.remark("a frame that readers skip")
                yield -int.from_bytes((yield 4), "little")
            else:
                self.wrong = "a frame is followed by something that is not a frame"
        yield 0

    def _frame(self) -> Generator[int, bytes, None]:
        """Section 3.1.1.1.1: the flags say how long the rest of the header is. Section 3.1.1.2: a block starts with three
        bytes that hold last, type and size; a block of type 1 is one byte, repeated."""
        flags = (yield 1)[0]
        is_single = bool(flags & 0x20)
        if flags & 0x18:
            self._parts.remark("reserved bits")
        yield -((0 if is_single else 1) + (0, 1, 2, 4)[flags & 3] + (int(is_single), 2, 4, 8)[flags >> 6])
        is_last = False
        while not is_last:
            block = int.from_bytes((yield 3), "little")
            self._parts.add()
            is_last = bool(block & 1)
            yield -(1 if block >> 1 & 3 == 1 else block >> 3)
        yield -4 if flags & 4 else 0
