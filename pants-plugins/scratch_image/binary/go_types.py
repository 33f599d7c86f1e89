"""The types of a Go program: descriptors, which stand one behind the other, and their names (src/internal/abi/type.go)."""

from __future__ import annotations

import re
import struct
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

ARRAY, CHAN, FUNC, INTERFACE, MAP, POINTER, SLICE, STRUCT = 17, 18, 19, 20, 21, 22, 23, 25
_LAST = 26
_UNCOMMON = 1
# TFlag, Align_, FieldAlign_ and Kind_.
_FLAGS = re.compile(rb"[\0-\x3f](?:\x01\x01|\x02\x02|\x04\x04|\x08\x08|\x10\x10)[\x01-\x1a\x21-\x3a]")
_MAX_NAME = 1 << 14
_MOST_STEPS = 8


class Types(NamedTuple):
    """What was found, by addresses: `packages` has the import path of each type, None where it has none; `named` has, of
    each name and mask of pointers, the first type that uses it. Between the types and `functions`, the first function that
    compares values, are texts; it is 0 if there is none."""

    packages: Dict[int, Optional[str]]
    named: Dict[int, int]
    functions: int


def read_types(content: memoryview, address: int, word: int, order: str) -> Types:
    """The types in a range that begins at an address. `word` is in bytes, `order` in the notation of `struct`."""
    return _Reader(content, address, word, order).read()


class _Reader:
    def __init__(self, content: memoryview, address: int, word: int, order: str) -> None:
        self._data, self._address, self._word = content, address, word
        pointer = "Q" if word == 8 else "I"
        # Size_, PtrBytes, Hash, TFlag, Align_, FieldAlign_, Kind_, Equal, GCData, Str, PtrToThis
        self._type = struct.Struct(f"{order}{pointer}{pointer}IBBBB{pointer}{pointer}ii")
        self._words = [struct.Struct(f"{order}{count}{pointer}") for count in range(5)]
        self._uncommon = struct.Struct(f"{order}iHHI4x")
        self._method = struct.Struct(f"{order}i12x")
        self._imethod = struct.Struct(f"{order}i4x")
        self._field = struct.Struct(f"{order}{pointer}{pointer}{word}x")
        self._counts = struct.Struct(f"{order}HH")
        base = self._type.size
        # Of a map: before Go 1.24, since then, and since Go 1.27.
        rounded = [base + 4 * word + 8, base + 7 * word + word, base + 10 * word + word]
        self._sizes: Dict[int, Tuple[int, ...]] = {
            ARRAY: (base + 3 * word,),
            CHAN: (base + 2 * word,),
            FUNC: (base + word,),
            INTERFACE: (base + 4 * word,),
            MAP: tuple(rounded),
            POINTER: (base + word,),
            SLICE: (base + word,),
            STRUCT: (base + 4 * word,),
        }
        self._plain = (base,)
        self._own: Dict[int, Optional[str]] = {}
        self._links: Dict[int, Tuple[int, ...]] = {}
        self._users: Dict[int, str] = {}
        self._named: Dict[int, int] = {}
        self._equal: Set[int] = set()
        self._paths: Dict[int, Optional[str]] = {}

    def read(self) -> Types:
        at, end = 0, len(self._data) - self._type.size
        flags = 2 * self._word + 4
        while at <= end:
            size = self._descriptor(at)
            at += (size or self._word) + self._word - 1
            at -= at % self._word
            if not size:
                match = _FLAGS.search(self._data, at + flags)
                at = match.start() - flags if match else end + 1
                at += -at % self._word
        return Types({place: self._package(place) for place in self._own}, self._named, min(self._equal, default=0))

    def _descriptor(self, at: int) -> int:
        """The size of the descriptor at a place, whose content is kept; 0 if there is none."""
        fields = self._type.unpack_from(self._data, at)
        size, pointers, _, flags, align, _, kind, equal, mask, name, _ = fields
        kind &= 0x1F
        if not 0 < kind <= _LAST or flags >= 64 or pointers > size or align not in (1, 2, 4, 8, 16):
            return 0
        if not 0 < name < len(self._data) - 2 or self._data[name] > 15:
            return 0
        for behind in self._sizes.get(kind, self._plain):
            found = self._rest(at, kind, flags & _UNCOMMON, behind)
            if found:
                here = self._address + at
                self._named.setdefault(self._address + name, here)
                self._named.setdefault(mask, here)
                self._equal.add(equal or mask)
                return found
        return 0

    def _rest(self, at: int, kind: int, uncommon: int, behind: int) -> int:
        """The size of a descriptor whose own part has `behind` bytes; 0 if it is none."""
        data, word, here = self._data, self._word, self._address + at
        end = at + behind + (self._uncommon.size if uncommon else 0)
        if end > len(data):
            return 0
        base = at + self._type.size
        links: Tuple[int, ...] = ()
        names: List[int] = []
        path: Optional[str] = None
        if kind in (POINTER, SLICE, ARRAY, CHAN):
            links = self._words[1].unpack_from(data, base)
        elif kind == MAP:
            links = self._words[2].unpack_from(data, base)
        elif kind == FUNC:
            count, results = self._counts.unpack_from(data, base)
            count += results & 0x7FFF
            if end + count * word > len(data):
                return 0
            links = self._words[min(count, 4)].unpack_from(data, end)
            end += count * word
        elif kind in (INTERFACE, STRUCT):
            place, start, count, capacity = self._words[4].unpack_from(data, base)
            row = self._field if kind == STRUCT else self._imethod
            if count != capacity or (count and start != self._address + end) or end + count * row.size > len(data):
                return 0
            path = self._path(place - self._address) if place else None
            rows = list(row.iter_unpack(data[end : end + count * row.size]))
            if kind == STRUCT:
                names = [each[0] for each in rows]
                links = tuple(each[1] for each in rows[:4])
            else:
                names = [self._address + each[0] for each in rows]
            end += count * row.size
        if uncommon:
            place, count, _, offset = self._uncommon.unpack_from(data, at + behind)
            methods = at + behind + offset
            stop = methods + count * self._method.size
            if methods != end or stop > len(data):
                return 0
            path = self._path(place) or path
            names += [self._address + each[0] for each in self._method.iter_unpack(data[methods:stop])]
            names.append(self._address + place)
            end = stop
        self._keep(here, path, names, links)
        return end - at

    def _keep(self, here: int, path: Optional[str], names: List[int], links: Tuple[int, ...]) -> None:
        """Takes a descriptor: the addresses of the names that it is the first to have, and of the types that it leads to."""
        for each in names:
            self._named.setdefault(each, here)
        self._own[here] = path
        if path is None:
            self._links[here] = links
        else:
            for each in links:
                self._users.setdefault(each, path)

    def _path(self, at: int) -> Optional[str]:
        """The import path that is a name."""
        if at not in self._paths:
            self._paths[at] = self._text(at)
        return self._paths[at]

    def _text(self, at: int) -> Optional[str]:
        if not 0 < at < len(self._data) - 2:
            return None
        # A byte of flags, and the length in seven bits per byte.
        length, start = self._data[at + 1], at + 2
        if length & 0x80:
            length, start = length & 0x7F | self._data[at + 2] << 7, at + 3
        text = bytes(self._data[start : start + min(length, _MAX_NAME)])
        return text.decode("utf-8", "backslashreplace") or None

    def _package(self, place: int) -> Optional[str]:
        """The path of a type, of the first type in it that has one, or of the first such type that it is in."""
        seen = [place]
        for each in seen:
            path = self._own.get(each)
            if path:
                return path
            if len(seen) < _MOST_STEPS:
                seen += self._links.get(each, ())
        return next(filter(None, map(self._users.get, seen)), None)
