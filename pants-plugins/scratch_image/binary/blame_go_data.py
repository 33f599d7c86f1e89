"""The data of a Go program by packages: types and their names, and constants and variables by what names them.

The linker keeps nothing that is not named by code or other data. So what is named reaches to the next place that is named,
and belongs to the package of the function that names it first; what only data names belongs to the owner of these data.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from typing import Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from scratch_image.binary.elf import Elf
from scratch_image.binary.go_keys import Key, Keys
from scratch_image.binary.go_moduledata import Moduledata, find_moduledata
from scratch_image.binary.go_references import read_targets
from scratch_image.binary.go_types import read_types
from scratch_image.binary.packages import LINKER, is_generated
from scratch_image.binary.pclntab import Pclntab
from scratch_image.binary.sections import Section, named
from scratch_image.binary.symbols import OBJECT, Symbol, symbols

_DATA = (".rodata", ".go.type", ".data.rel.ro", ".noptrdata", ".data", ".go.module", ".itablink", ".typelink")
# Those in which data name others, by addresses.
_POINTERS = (".rodata", ".data.rel.ro", ".data")
_VARIABLES = (".noptrdata", ".data")
# Symbols of what is divided here.
_LISTS = (b"runtime.typelink", b"runtime.itablink", b"runtime.findfunctab", b"runtime.gcdata", b"runtime.gcbss", b"$")
_BUCKET, _BUCKET_SIZE = 4096, 20
_ROUNDS = 3


class Functions(NamedTuple):
    """The functions in the order of their addresses: where they start, from the start of the code, and whose they are;
    `end` is where the last one ends."""

    starts: List[int]
    keys: List[Key]
    end: int

    def at(self, place: int) -> Key:
        """Whose the code at a place is."""
        return self.keys[max(0, bisect_right(self.starts, place) - 1)]

    def by_bucket(self) -> Iterator[Tuple[int, Key]]:
        """The rows of the table by which the runtime finds functions: their places in it, and whose they are."""
        for number in range(self.starts[-1] // _BUCKET + 1 if self.starts else 0):
            yield number * _BUCKET_SIZE, self.at(number * _BUCKET)

    def buckets(self) -> Dict[Key, int]:
        """The bytes of this table."""
        found: Dict[Key, int] = {}
        for _, key in self.by_bucket():
            found[key] = found.get(key, 0) + _BUCKET_SIZE
        return found


class _Part(NamedTuple):
    """A section that is loaded to an address."""

    section: Section
    address: int


def data_shares(
    elf: Elf, sections: Tuple[Section, ...], table: Pclntab, functions: Functions, keys: Keys, maps: Mapping[int, Key]
) -> Dict[str, Dict[Key, int]]:
    """Section → key of a package → bytes, for the sections with data; empty if the program does not say where they are.
    `maps` are the owners of stack maps and inlining trees in them, by their places."""
    module = find_moduledata(elf, sections, table)
    if module is None or table.old or not functions.starts:
        return {}
    parts = [_Part(each, elf.address_of(each.offset)) for each in sections if each.name in _DATA and each.size]
    data = _Data(elf, table, module, [part for part in parts if part.address], functions)
    data.add_symbols(symbols(elf, sections), keys)
    data.add_types(keys)
    data.add_maps(maps)
    data.add_links(named(sections, ".typelink"), named(sections, ".itablink"))
    data.add_pointers()
    return data.shares()


class _Data:
    """`owners` has, by address, whose what begins there is."""

    def __init__(self, elf: Elf, table: Pclntab, module: Moduledata, parts: List[_Part], functions: Functions) -> None:
        self._elf, self._word, self._module = elf, table.word, module
        self._functions, self.parts = functions, parts
        self._low = min((part.address for part in parts), default=0)
        self._high = max((part.address + part.section.size for part in parts), default=0)
        self.owners: Dict[int, Key] = {}
        # Behind names, types, texts and stack maps, which are in this order.
        self._last = 0

    def add_symbols(self, found: Iterable[Symbol], keys: Keys) -> None:
        """Variables, in a program that is not stripped."""
        for symbol in found:
            is_variable = symbol.kind == OBJECT and b"." in symbol.name and not symbol.name.startswith(_LISTS)
            if is_variable and self._low <= symbol.address < self._high and not is_generated(symbol.name):
                self.owners[symbol.address] = keys.of(symbol.name)

    def add_types(self, keys: Keys) -> None:
        """Types, what they alone name, and what code names."""
        module, functions = self._module, self._functions
        code = self._elf.loaded_at(module.text)[: functions.end]
        variables = min((part.address for part in self.parts if part.section.name in _VARIABLES), default=self._high)
        targets = read_targets(code, module.text, self._elf.header.machine, self._low, variables, self._high)
        content = self._elf.loaded_at(module.types)[: module.end - module.types]
        types = read_types(content, module.types, self._word, self._elf.order)
        owners = self.owners
        for place, path in types.packages.items():
            if path is not None:
                owners[place] = keys.of_package(path)
            elif place in targets:
                owners[place] = functions.at(targets[place])
            else:
                owners[place] = keys.of_package(LINKER)
        for place, user in types.named.items():
            owners.setdefault(place, owners[user])
        if types.packages:
            self._last = max(max(types.packages) + 1, types.functions)
        for target, place in targets.items():
            if target not in owners:
                owners[target] = functions.at(place)

    def add_maps(self, maps: Mapping[int, Key]) -> None:
        """What functions name by a distance, and the table by which they are found."""
        for place, key in maps.items():
            self.owners.setdefault(self._module.gofunc + place, key)
        if maps:
            self._last = max(self._last, self._module.gofunc + max(maps))
        for place, key in self._functions.by_bucket():
            self.owners.setdefault(self._module.findfunctab + place, key)

    def add_links(self, types: Optional[Section], itabs: Optional[Section]) -> None:
        """The lists of types and of tables of methods: a row belongs to the owner of what it names."""
        for section, width, base in ((types, 4, self._module.types), (itabs, self._word, 0)):
            at = self._elf.address_of(section.offset) if section else 0
            for number, value in enumerate(self._numbers(section, width) if section and at else ()):
                owner = self.owners.get(base + value)
                if owner:
                    self.owners[at + number * width] = owner

    def add_pointers(self) -> None:
        """What data name."""
        pointers = [(part.address, self._pointers(part)) for part in self.parts if part.section.name in _POINTERS]
        for _ in range(_ROUNDS):
            starts = sorted(self.owners)
            new: Dict[int, Key] = {}
            for first, pairs in pointers:
                for place, value in pairs:
                    if value not in self.owners:
                        at = bisect_right(starts, place) - 1
                        if at >= 0 and starts[at] >= first:
                            new.setdefault(value, self.owners[starts[at]])
            if not new:
                break
            self.owners.update(new)

    def _pointers(self, part: _Part) -> List[Tuple[int, int]]:
        """(place, value) of what may be an address of data; not in types, whose pointers were followed, nor in texts."""
        low, high, word = self._low, self._high, self._word
        first = (self._last - part.address) // word if part.address <= self._last < part.address + part.section.size else 0
        return [
            (part.address + number * word, value)
            for number, value in enumerate(self._numbers(part.section, word)[first:], first)
            if low <= value < high
        ]

    def _numbers(self, section: Section, width: int) -> array[int]:
        found = array("Q" if width == 8 else "I")
        found.frombytes(self._elf.data[section.offset : section.offset + section.size // width * width])
        if self._elf.header.endianness != sys.byteorder:
            found.byteswap()
        return found

    def shares(self) -> Dict[str, Dict[Key, int]]:
        """Section → key → bytes."""
        places = sorted(self.owners)
        found: Dict[str, Dict[Key, int]] = {}
        for part in self.parts:
            end = part.address + part.section.size
            inside = places[bisect_left(places, part.address) : bisect_left(places, end)]
            sizes: Dict[Key, int] = {}
            for place, following in zip(inside, [*inside[1:], end]):
                key = self.owners[place]
                sizes[key] = sizes.get(key, 0) + following - place
            found[part.section.name] = sizes
        return found
