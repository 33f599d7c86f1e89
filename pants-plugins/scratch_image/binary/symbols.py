"""The symbols of a program that is not stripped (gABI, chapter 4, "Symbol Table")."""

from __future__ import annotations

import struct
from typing import Iterator, NamedTuple, Tuple

from scratch_image.binary.elf import Elf
from scratch_image.binary.sections import Section, named

OBJECT, FUNCTION = 1, 2
# What is behind is not read: several times what the largest programs have.
_MOST = 1_000_000
_MAX_NAME = 4096
# Names that are read, in bytes, beside eight times the table of names, in which each is once.
_MOST_NAMES = 1 << 20


class Symbol(NamedTuple):
    """`kind` is OBJECT or FUNCTION; `size` is in bytes."""

    name: bytes
    kind: int
    address: int
    size: int


def symbols(elf: Elf, sections: Tuple[Section, ...]) -> Iterator[Symbol]:
    """The functions and objects with a size; none without a symbol table. Where the same bytes are named again and again,
    so that all names together would fill the memory, those at the end have no name."""
    for name, _, address, size, info in _rows(elf, sections):
        kind = info & 0xF
        if size and kind in (OBJECT, FUNCTION):
            yield Symbol(name, kind, address, size)


def every_symbol(elf: Elf, sections: Tuple[Section, ...]) -> Iterator[Tuple[bytes, int]]:
    """(name, its place in the table of names) of all symbols, with the same bounds."""
    for name, at, _, _, _ in _rows(elf, sections):
        yield name, at


def _rows(elf: Elf, sections: Tuple[Section, ...]) -> Iterator[Tuple[bytes, int, int, int, int]]:
    """(name, its place, address, size, st_info) of each symbol whose name is in the table of names."""
    table, strings = named(sections, ".symtab"), named(sections, ".strtab")
    if not table or not strings:
        return
    wide = elf.header.word_size == 64
    row = struct.Struct(elf.order + ("IBBHQQ" if wide else "IIIBBH"))
    count = min(table.size // row.size, _MOST)
    names = bytes(elf.data[strings.offset : strings.offset + strings.size])
    left = _MOST_NAMES + 8 * len(names)
    for fields in row.iter_unpack(elf.data[table.offset : table.offset + count * row.size]):
        at, address, size, info = (
            (fields[0], fields[4], fields[5], fields[1]) if wide else (fields[0], fields[1], fields[2], fields[3])
        )
        if at < len(names):
            end = names.find(b"\0", at, at + _MAX_NAME)
            name = names[at : end if end >= 0 and left > 0 else at]
            left -= len(name)
            yield name, at, address, size, info
