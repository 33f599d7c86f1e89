"""The code of a Go program and its tables, by packages: `.text`, `runtime.pclntab` and the data of functions
(src/internal/abi/symtab.go, src/runtime/symtab.go)."""

from __future__ import annotations

import struct
from typing import Dict, Optional, Tuple

from scratch_image.binary import pclntab
from scratch_image.binary.elf import Elf
from scratch_image.binary.go import read_build
from scratch_image.binary.packages import module_of, package_of
from scratch_image.binary.pclntab import PCLNTAB, Pclntab
from scratch_image.binary.sections import Section, named

Key = Tuple[str, str, str]
# _func since Go 1.18: entry, name, args, deferreturn, pcsp, pcfile, pcln, npcdata, cuOffset, since Go 1.20 startLine, and
# four bytes, the last of which is nfuncdata. Numbers follow, npcdata and nfuncdata of them.
_RECORDS = {40: "Ii6II3xB", 44: "Ii6II4x3xB"}
_RODATA = (".rodata", ".data.rel.ro")
_NONE = 0xFFFFFFFF
_MOST_TABLES = 64
# The largest alignment of a function, in bytes, and EM_386 and EM_X86_64.
_ALIGNMENT = 64
_X86 = (3, 62)
LINKER = "go"


def go_shares(elf: Elf, sections: Tuple[Section, ...], table: Pclntab) -> Dict[str, Dict[Key, int]]:
    """Section → key of a package → bytes."""
    keys = _Keys(elf, sections)
    code: Dict[Key, int] = {}
    tables: Dict[Key, int] = {}
    named_once = set()
    row = 2 * table.word if table.old else 8
    last: Optional[Tuple[int, Key]] = None
    data = _Data(elf, table)
    functions = list(pclntab.functions(elf, table))
    padding = _Padding(elf, sections, table, sum(function.size for function in functions))
    for name, start, size, record in functions:
        key = keys.of(name)
        code[key] = code.get(key, 0) + size - padding.behind(start, size)
        # The record reaches to the next one; more than its longest form is something else.
        if last:
            length = record - last[0]
            tables[last[1]] = tables.get(last[1], 0) + row + (length if 0 < length < 2048 else table.record_size)
        last = record, key
        if name not in named_once:
            named_once.add(name)
            tables[key] = tables.get(key, 0) + len(name) + 1
        data.add(record, key)
    if last:
        tables[last[1]] += row + table.record_size
    _add(tables, data.numbers())
    found = {".text": code}
    found.update((name, tables) for name in PCLNTAB if named(sections, name))
    end = table.records + (last[0] if last else 0) + table.record_size
    _add(found.setdefault(_section_of_data(sections, table, end, data.last), {}), data.runs())
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
        end = bytes(self._code[start + max(0, size - _ALIGNMENT) : start + size])
        return len(end) - len(end.rstrip(b"\xcc"))


class _Data:
    """What records lead to: the numbers by which instructions are found in lines, and stack maps and inlining trees. Several
    functions share them: they belong to the first one."""

    def __init__(self, elf: Elf, table: Pclntab) -> None:
        self._data, self._records, self._size = elf.data, table.records, table.record_size
        self._record = struct.Struct(elf.order + _RECORDS.get(table.record_size, ""))
        self._rest = [struct.Struct(f"{elf.order}{count}I") for count in range(_MOST_TABLES)]
        self._end = table.numbers[1] - table.numbers[0]
        self._numbers: Dict[Key, int] = {}
        self._top, self._start, self._owner = 0, 0, ("", "", "")
        self._first: Dict[int, Key] = {}

    def add(self, record: int, key: Key) -> None:
        """Takes a record, in the order of the table."""
        at = self._records + record
        if not self._size or at + self._size > len(self._data):
            return
        fields = self._record.unpack_from(self._data, at)
        count, datas = fields[7], fields[9]
        if count + datas >= _MOST_TABLES or at + self._size + 4 * (count + datas) > len(self._data):
            return
        rest = self._rest[count + datas].unpack_from(self._data, at + self._size)
        # The linker writes numbers in the order of functions, and equal ones once: what is new is behind the rest.
        new = [place for place in (*fields[4:7], *rest[:count]) if place > self._top]
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

    @property
    def last(self) -> int:
        """The furthest place of a stack map or inlining tree, from where they are counted."""
        return max(self._first, default=0)

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


class _Keys:
    """The keys of packages: the module of each, with its version."""

    def __init__(self, elf: Elf, sections: Tuple[Section, ...]) -> None:
        build = read_build(elf, sections)
        self._versions = {module.path: module.version for module in build.modules} if build else {}
        first = build.modules[0].path if build and build.modules else ""
        # Sources that are named one by one are of no module.
        own = build.path if build and build.path != "command-line-arguments" else ""
        self._main = first if f"{own}/".startswith(f"{first}/") else own
        self._go = build.version if build else ""
        self._known: Dict[str, Key] = {}
        self._last: Tuple[bytes, Key] = (b"", ("", "", ""))

    def of(self, function: bytes) -> Key:
        """The key of a function's package."""
        # Functions of a package are together.
        start, key = self._last
        if start and function.startswith(start) and b"/" not in function[len(start) :]:
            return key
        package = package_of(function)
        if package not in self._known:
            self._known[package] = ("package", package, self._group(package))
        key = self._known[package]
        end = function.find(b".", function.rfind(b"/") + 1) if b"[" not in function else -1
        self._last = (function[: end + 1] if package not in (LINKER, "C") else b"", key)
        return key

    def _group(self, package: str) -> str:
        if package in (LINKER, "C"):
            return ""
        module = module_of(package, self._main, self._versions)
        version = self._go if module == "std" else self._versions.get(module, "")
        return f"{module} {version}".strip()


def _section_of_data(sections: Tuple[Section, ...], table: Pclntab, end: int, last: int) -> str:
    """Where stack maps and inlining trees are, which functions share and count from one place: since Go 1.26 behind the
    records, which end at `end`, before that in `.rodata`. `last` is the furthest place that a function names."""
    own = named(sections, *PCLNTAB)
    if own and own.offset + own.size - end >= last:
        return own.name
    there = named(sections, *_RODATA)
    return there.name if there else ""
