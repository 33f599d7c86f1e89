"""The code of a Go program and its tables, by packages: `.text`, `runtime.pclntab` and the data of functions
(src/internal/abi/symtab.go, src/runtime/symtab.go)."""

from __future__ import annotations

import struct
from typing import Dict, List, NamedTuple, Tuple

from scratch_image.binary import pclntab
from scratch_image.binary.elf import Elf
from scratch_image.binary.go import read_build
from scratch_image.binary.packages import module_of, package_of
from scratch_image.binary.pclntab import PCLNTAB, Pclntab
from scratch_image.binary.sections import Section, named

Key = Tuple[str, str, str]
# _func of Go 1.20 and later: after entry and name come args, deferreturn, pcsp, pcfile, pcln, npcdata; the rest has
# cuOffset, startLine, and four bytes, the last of which is nfuncdata.
_RECORDS = {order: struct.Struct(f"{order}8IIiBBBB") for order in "<>"}
_RECORD_SIZE = 44
_RODATA = (".rodata", ".data.rel.ro")
_NONE = 0xFFFFFFFF
LINKER = "go"


class Owner(NamedTuple):
    """A function, as far as it owns bytes: its package's key, and the places of its numbers and of its data."""

    key: Key
    numbers: Tuple[int, ...]
    data: Tuple[int, ...]


def go_shares(elf: Elf, sections: Tuple[Section, ...], table: Pclntab) -> Dict[str, Dict[Key, int]]:
    """Section → key of a package → bytes."""
    keys = _Keys(elf, sections)
    code: Dict[Key, int] = {}
    tables: Dict[Key, int] = {}
    owners: List[Owner] = []
    functions = list(pclntab.functions(elf, table))
    row = 2 * table.word if table.old else 8
    named_once = set()
    for function, following in zip(functions, [*(each.record for each in functions[1:]), 0]):
        key = keys.of(function.name)
        code[key] = code.get(key, 0) + function.size
        size = following - function.record if function.record < following < function.record + 1024 else _RECORD_SIZE
        name = 0 if function.name in named_once else len(function.name) + 1
        named_once.add(function.name)
        tables[key] = tables.get(key, 0) + row + size + name
        if not table.old:
            owners.append(_owner(elf, table.records + function.record, key))
    _add_runs(
        tables, [(place, owner.key) for owner in owners for place in owner.numbers], table.numbers[1] - table.numbers[0]
    )
    found = {".text": code}
    found.update((name, tables) for name in PCLNTAB if named(sections, name))
    places = [(at, owner.key) for owner in owners for at in owner.data]
    last = max((at for at, _ in places), default=0)
    end = table.records + max((function.record for function in functions), default=0) + _RECORD_SIZE
    # The size of the last one is not known: it is taken as small.
    _add_runs(found.setdefault(_section_of_data(sections, table, end, last), {}), places, last + 16)
    return found


class _Keys:
    """The keys of packages: the module of each, with its version."""

    def __init__(self, elf: Elf, sections: Tuple[Section, ...]) -> None:
        build = read_build(elf, sections)
        self._versions = {module.path: module.version for module in build.modules} if build else {}
        first = build.modules[0].path if build and build.modules else ""
        self._main = first if build and f"{build.path}/".startswith(f"{first}/") else (build.path if build else "")
        self._go = build.version if build else ""
        self._known: Dict[str, Key] = {}

    def of(self, function: bytes) -> Key:
        """The key of a function's package."""
        package = package_of(function)
        if package not in self._known:
            self._known[package] = ("package", package, self._group(package))
        return self._known[package]

    def _group(self, package: str) -> str:
        if package in (LINKER, "C"):
            return ""
        module = module_of(package, self._main, self._versions)
        version = self._go if module == "std" else self._versions.get(module, "")
        return f"{module} {version}".strip()


def _owner(elf: Elf, at: int, key: Key) -> Owner:
    if at + _RECORD_SIZE > len(elf.data):
        return Owner(key, (), ())
    fields = _RECORDS[elf.order].unpack_from(elf.data, at)
    pcs, count, datas = fields[4:7], fields[7], fields[13]
    if count > 32 or at + _RECORD_SIZE + 4 * (count + datas) > len(elf.data):
        return Owner(key, pcs, ())
    rest = struct.unpack_from(f"{elf.order}{count + datas}I", elf.data, at + _RECORD_SIZE)
    return Owner(key, (*pcs, *rest[:count]), tuple(place for place in rest[count:] if place != _NONE))


def _add_runs(found: Dict[Key, int], places: List[Tuple[int, Key]], end: int) -> None:
    """Adds to each key the bytes from its places to the next place; a place of several belongs to the first."""
    first: Dict[int, Key] = {}
    for place, key in places:
        if 0 < place < end:
            first.setdefault(place, key)
    ordered = sorted(first)
    for place, following in zip(ordered, [*ordered[1:], end]):
        key = first[place]
        found[key] = found.get(key, 0) + following - place


def _section_of_data(sections: Tuple[Section, ...], table: Pclntab, end: int, last: int) -> str:
    """Where stack maps and inlining trees are, which functions share and count from one place: since Go 1.26 behind the
    records, which end at `end`, before that in `.rodata`. `last` is the furthest place that a function names."""
    own = named(sections, *PCLNTAB)
    if own and own.offset + own.size - end >= last:
        return own.name
    there = named(sections, *_RODATA)
    return there.name if there else ""
