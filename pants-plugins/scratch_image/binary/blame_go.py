"""The code of a Go program and its tables, by packages: `.text`, `runtime.pclntab` and the data of functions
(src/internal/abi/symtab.go, src/runtime/symtab.go)."""

from __future__ import annotations

import struct
import sys
from array import array
from itertools import repeat
from typing import Dict, List, Optional, Tuple

from scratch_image.binary import pclntab
from scratch_image.binary.blame_debug import debug_shares, symbol_table_shares
from scratch_image.binary.blame_go_data import Functions, data_shares
from scratch_image.binary.elf import Elf
from scratch_image.binary.go_keys import Key, Keys
from scratch_image.binary.pclntab import PCLNTAB, Pclntab
from scratch_image.binary.sections import Section, named

# _func since Go 1.18: entry, name, args, deferreturn, pcsp, pcfile, pcln, npcdata, cuOffset, since Go 1.20 startLine, and
# four bytes, the last of which is nfuncdata. Numbers follow, npcdata and nfuncdata of them.
_PLACES, _COUNT = 16, 28
_RODATA = (".rodata", ".data.rel.ro")
_NONE = 0xFFFFFFFF
_MOST_TABLES = 64
# Not the name of a section: what is between functions.
PADDING = ".text padding"
# The largest alignment of a function, in bytes, and EM_386 and EM_X86_64.
_ALIGNMENT = 64
_X86 = (3, 62)
_INT3 = 0xCC


def go_shares(elf: Elf, sections: Tuple[Section, ...], table: Pclntab) -> Dict[str, Dict[Key, int]]:
    """Section → key of a package → bytes."""
    keys = Keys(elf, sections)
    code: Dict[Key, int] = {}
    tables: Dict[Key, int] = {}
    gaps: Dict[Key, int] = {}
    starts: List[int] = []
    owners: List[Key] = []
    row = 2 * table.word if table.old else 8
    last: Optional[Tuple[int, Key]] = None
    data = _Data(elf, table)
    end_of_code = pclntab.end_of_code(elf, table)
    padding = _Padding(elf, sections, table, end_of_code)
    for name, start, size, record in pclntab.functions(elf, table):
        key = keys.of(name)
        gap = padding.behind(start, size)
        code[key] = code.get(key, 0) + size - gap
        gaps[key] = gaps.get(key, 0) + gap
        starts.append(start)
        owners.append(key)
        # The record reaches to the next one; more than its longest form is something else.
        if last:
            length = record - last[0]
            tables[last[1]] = tables.get(last[1], 0) + row + (length if 0 < length < 2048 else table.record_size)
        last = record, key
        data.add(record, key)
    if last:
        _add(tables, {last[1]: row + table.record_size})
    for name in pclntab.names_of_functions(elf, table):
        if name:
            key = keys.of(name)
            tables[key] = tables.get(key, 0) + len(name) + 1
    _add(tables, data.numbers())
    _add(tables, data.units())
    found = {".text": code, PADDING: gaps}
    found.update((name, tables) for name in PCLNTAB if named(sections, name))
    end = table.records + (last[0] if last else 0) + table.record_size
    where = _section_of_data(sections, table, end, data.last)
    index = Functions(starts, owners, end_of_code)
    of_data = data_shares(elf, sections, table, index, keys, data.maps if where not in PCLNTAB else {})
    if where in PCLNTAB or not of_data:
        _add(found.setdefault(where, {}), data.runs())
    if where in PCLNTAB:
        _add(tables, index.buckets())
    found.update(of_data)
    found.update(_removable(elf, sections, keys, index))
    return found


def _removable(elf: Elf, sections: Tuple[Section, ...], keys: Keys, functions: Functions) -> Dict[str, Dict[Key, int]]:
    """What `strip` removes. A unit of debug information has the path of its package as its name."""
    text = named(sections, ".text")
    start = elf.address_of(text.offset) if text else 0

    def of_address(address: int) -> Optional[Key]:
        return functions.at(address - start) if 0 <= address - start < functions.end and functions.starts else None

    def of_unit(name: bytes) -> Optional[Key]:
        return keys.of_package(name.decode("utf-8", "backslashreplace")) if name else None

    found = debug_shares(elf, sections, of_unit, of_address)
    found.update(symbol_table_shares(elf, sections, keys.of))
    return found


class _Padding:
    """INT3 between functions on x86, so that each is aligned: it belongs to nobody, and `go tool nm` does not count it."""

    def __init__(self, elf: Elf, sections: Tuple[Section, ...], table: Pclntab, size: int) -> None:
        self._code = elf.loaded_at(table.text) if table.text else elf.data[:0]
        text = named(sections, ".text")
        # Code of C is in front of Go's or behind it; then only the table can say where Go's is.
        if text is not None and 0 <= text.size - size <= _ALIGNMENT:
            self._code = elf.data[text.offset : text.offset + text.size]
        if elf.header.machine not in _X86:
            self._code = elf.data[:0]

    def behind(self, start: int, size: int) -> int:
        """The number of bytes at the end of a function, from where it starts, that are not its own."""
        code, end = self._code, start + size
        if not 0 < end <= len(code) or code[end - 1] != _INT3:
            return 0
        last = bytes(code[max(start, end - _ALIGNMENT) : end])
        return len(last) - len(last.rstrip(b"\xcc"))


class _Data:
    """What records lead to: the numbers by which instructions are found in lines, and stack maps and inlining trees. Several
    functions share them: they belong to the first one."""

    def __init__(self, elf: Elf, table: Pclntab) -> None:
        self._data, self._records, self._size = elf.data, table.records, table.record_size
        self._most = len(elf.data)
        self._is_swapped = elf.header.endianness != sys.byteorder
        self._count = struct.Struct(f"{elf.order}I").unpack_from
        skipped = table.record_size - _PLACES - 20
        self._rows = [
            struct.Struct(f"{elf.order}3I4xI{skipped}x{count}I").unpack_from
            for count in range(_MOST_TABLES if skipped > 0 else 0)
        ]
        self._end = table.numbers[1] - table.numbers[0]
        self._numbers: Dict[Key, int] = {}
        self._top, self._start, self._owner = 0, 0, ("", "", "")
        self._first: Dict[int, Key] = {}
        self._units: Dict[int, Key] = {}
        self._unit_table, self._files = (table.names[1], table.files[0]), table.files

    def add(self, record: int, key: Key) -> None:
        """Takes a record, in the order of the table."""
        at, size, data = self._records + record, self._size, self._data
        if not size or at + size > self._most:
            return
        # npcdata, and in the last byte nfuncdata.
        (count,), datas = self._count(data, at + _COUNT), data[at + size - 1]
        both = count + datas
        if both >= _MOST_TABLES or at + size + 4 * both > self._most:
            return
        one, two, three, unit, *rest = self._rows[both](data, at + _PLACES)
        self._units.setdefault(unit, key)
        # The linker writes numbers in the order of functions, and equal ones once: what is new is behind the rest.
        top = self._top
        new = [place for place in rest[:count] if place > top]
        new += [place for place in (one, two, three) if place > top]
        if new:
            self._close(min(new), key)
            self._top = min(max(new), self._end)
        first = self._first
        for place in rest[count:]:
            if place != _NONE and place not in first:
                first[place] = key

    def _close(self, start: int, key: Key) -> None:
        self._numbers[self._owner] = self._numbers.get(self._owner, 0) + max(0, min(start, self._end) - self._start)
        self._start, self._owner = min(start, self._end), key

    def numbers(self) -> Dict[Key, int]:
        """The bytes of the numbers of each key."""
        self._close(self._end, self._owner)
        return {key: size for key, size in self._numbers.items() if key[1]}

    def units(self) -> Dict[Key, int]:
        """The bytes of the lists of files of compilation units, and of the names of files, which belong to the first unit
        that has them."""
        start, end = self._unit_table
        content = array("I")
        content.frombytes(self._data[start : start + max(0, end - start) // 4 * 4])
        if self._is_swapped:
            content.byteswap()
        found: Dict[Key, int] = {}
        files: Dict[int, Key] = {}
        following = len(content)
        for place in sorted((place for place in self._units if place < len(content)), reverse=True):
            key = self._units[place]
            found[key] = found.get(key, 0) + 4 * (following - place)
            files.update(zip(content[place:following], repeat(key)))
            following = place
        size = self._files[1] - self._files[0]
        places = sorted(place for place in files if place < size)
        for place, following in zip(places, [*places[1:], size]):
            key = files[place]
            found[key] = found.get(key, 0) + following - place
        return found

    @property
    def last(self) -> int:
        """The furthest place of a stack map or inlining tree, from where they are counted."""
        return max(self._first, default=0)

    @property
    def maps(self) -> Dict[int, Key]:
        """The owners of stack maps and inlining trees, by their places, from where they are counted."""
        return self._first

    def runs(self) -> Dict[Key, int]:
        """The bytes of stack maps and inlining trees of each key: each reaches to the next one."""
        found: Dict[Key, int] = {}
        ordered = sorted(self._first)
        # The size of the last one is not known: it is taken as small.
        for place, following in zip(ordered, [*ordered[1:], self.last + 16]):
            key = self._first[place]
            found[key] = found.get(key, 0) + following - place
        return found


def _add(to: Dict[Key, int], sizes: Dict[Key, int]) -> None:
    for key, size in sizes.items():
        to[key] = to.get(key, 0) + size


def _section_of_data(sections: Tuple[Section, ...], table: Pclntab, end: int, last: int) -> str:
    """Where stack maps and inlining trees are, which functions share and count from one place: since Go 1.26 behind the
    records, which end at `end`, before that in `.rodata`. `last` is the furthest place that a function names."""
    own = named(sections, *PCLNTAB)
    if own and own.offset + own.size - end >= last:
        return own.name
    there = named(sections, *_RODATA)
    return there.name if there else ""
