"""Descriptors of Go types as the compiler writes them (src/internal/abi/type.go)."""

from __future__ import annotations

import struct
from typing import Sequence

ARRAY, CHAN, FUNC, INTERFACE, MAP, POINTER, SLICE, STRING, STRUCT = 17, 18, 19, 20, 21, 22, 23, 24, 25


class Region:
    """Names and descriptors from an address on; `map_words` are the words in front of a map's flags, by version of Go."""

    def __init__(self, address: int, *, word: int = 8, order: str = "<", map_words: int = 7) -> None:
        self.address, self.word, self.order, self._map_words = address, word, order, map_words
        self.content = bytearray(word)

    def name(self, text: bytes) -> int:
        """The offset of a name."""
        at = len(self.content)
        size = bytes((len(text),)) if len(text) < 128 else bytes((0x80 | len(text) & 0x7F, len(text) >> 7))
        self.content += b"\1" + size + text
        return at

    def words(self, *values: int) -> bytes:
        return struct.pack(f"{self.order}{len(values)}{'Q' if self.word == 8 else 'I'}", *values)

    def type(
        self,
        kind: int,
        name: int,
        *,
        links: Sequence[int] = (),
        path: int = 0,
        fields: Sequence[int] = (),
        methods: Sequence[int] = (),
        mask: int = 0,
        equal: int = 0,
    ) -> int:
        """The address of a new descriptor. `links` are addresses of types, `fields` of a struct or methods of an interface
        are names; a `path` makes it a named type."""
        self.content += bytes(-len(self.content) % self.word)
        at = self.address + len(self.content)
        has_own = bool(path or methods)
        head = self.words(8, 8) + struct.pack(f"{self.order}IBBBB", 7, has_own, 8, 8, kind)
        head += self.words(equal, mask) + struct.pack(f"{self.order}ii", name, 0)
        own = 16 if has_own else 0
        more = b""
        if kind in (POINTER, SLICE):
            head += self.words(links[0])
        elif kind == ARRAY:
            head += self.words(links[0], 0, 3)
        elif kind == CHAN:
            head += self.words(links[0], 3)
        elif kind == MAP:
            head += self.words(*links[:2], *[0] * (self._map_words - 2)) + bytes(self.word)
        elif kind == FUNC:
            head += struct.pack(f"{self.order}HH", len(links), 0) + bytes(self.word - 4)
            more = self.words(*links)
        elif kind == STRUCT:
            head += self.words(0, at + len(head) + 4 * self.word + own, len(fields), len(fields))
            more = b"".join(self.words(self.address + field, link, 0) for field, link in zip(fields, links))
        elif kind == INTERFACE:
            head += self.words(0, at + len(head) + 4 * self.word + own, len(fields), len(fields))
            more = b"".join(struct.pack(f"{self.order}ii", field, 0) for field in fields)
        if has_own:
            head += struct.pack(f"{self.order}iHHII", path, len(methods), len(methods), own + len(more), 0)
        self.content += head + more + b"".join(struct.pack(f"{self.order}i12x", method) for method in methods)
        return at
