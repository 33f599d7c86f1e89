"""The table of functions of a Go program, `runtime.pclntab` (src/debug/gosym, src/internal/abi/symtab.go).

The runtime needs it for stack traces, so it survives `-ldflags='-s -w'` and `strip`.
"""

from __future__ import annotations

import re
import struct
from typing import Iterator, NamedTuple, Optional, Tuple

from scratch_image.binary.elf import PT_LOAD, Elf
from scratch_image.binary.scan import Range, windows
from scratch_image.binary.sections import Section, named

# The sections of the table. Every Go program has one, also without build information and notes (esbuild is shipped so).
PCLNTAB = (".gopclntab", ".data.rel.ro.gopclntab")
# pcHeader.magic of Go 1.20, 1.18 and 1.16; before, names have no table of their own.
# Little-endian, its first byte is checked last: a pattern that begins with a text is found several times as fast.
_MAGIC = {
    "<": re.compile(rb"\xff\xff\xff\0\0(?<=[\xf1\xf0\xfa]\xff\xff\xff\0\0)[\x01\x02\x04][\x04\x08]"),
    ">": re.compile(rb"\xff\xff\xff[\xf1\xf0\xfa]\0\0[\x01\x02\x04][\x04\x08]"),
}
_BEFORE = {"<": 1, ">": 0}
# The longest name or path that is read, in bytes.
_MAX_TEXT = 1 << 16
# Names of functions that are read, in bytes, beside eight times the table of names, in which each is once.
_MOST_NAMES = 1 << 20


class Function(NamedTuple):
    """`name` as the linker has it; `start` is counted from the start of the code, `size` in bytes; `record` is the place of
    what the table says of it, from the start of the records."""

    name: bytes
    start: int
    size: int
    record: int


class Pclntab(NamedTuple):
    """`word` is the size of a pointer in bytes; `old` is whether the form is that of Go 1.16; `entries` is the number of
    functions. The ranges are offsets in the file: the names of functions, the names of source files, the numbers by which
    instructions are found in lines, and the records of functions, which have an index in front. `text` is the address of
    the code, 0 where the table does not say it: before Go 1.18, and since Go 1.26. `record_size` is the fixed part of a
    record, in bytes; 0 where it is not known."""

    place: int
    word: int
    old: bool
    entries: int
    names: Range
    files: Range
    numbers: Range
    records: int
    text: int
    record_size: int


def find(elf: Elf, sections: Tuple[Section, ...]) -> Optional[Pclntab]:
    """The table, by its section or, without sections, by its header; None if it is not found."""
    section = named(sections, *PCLNTAB)
    if section:
        return _table(elf, section.offset)
    for start, window in windows(elf.data, [(part.offset, part.offset + part.file_size) for part in elf.of_type(PT_LOAD)]):
        for match in _MAGIC[elf.order].finditer(window):
            table = _table(elf, start + match.start() - _BEFORE[elf.order])
            if table:
                return table
    return None


class Names(NamedTuple):
    """The places of names, each between two NULs: those of all `functions`, and of them and all source files together."""

    functions: Range
    every: Range


def read_names(elf: Elf, sections: Tuple[Section, ...]) -> Optional[Names]:
    """The places of the names of functions and source files; None if they are not found."""
    table = find(elf, sections)
    return table and Names(table.names, (table.names[0], table.files[1]))


def source_files(elf: Elf, table: Pclntab) -> Iterator[str]:
    """The paths of the source files, as the compiler was given them."""
    start, end = table.files
    for path in bytes(elf.data[start:end]).split(b"\0"):
        if path:
            yield path[:_MAX_TEXT].decode("utf-8", "backslashreplace")


def names_of_functions(elf: Elf, table: Pclntab) -> Iterator[bytes]:
    """The names of all functions, also of those that have no code of their own, because they were inlined."""
    start, end = table.names
    yield from bytes(elf.data[start:end]).split(b"\0")


def end_of_code(elf: Elf, table: Pclntab) -> int:
    """Where the last function ends, from the start of the code; 0 if the table does not fit the file."""
    half = table.word if table.old else 4
    place = table.records + 2 * half * table.entries
    return int.from_bytes(elf.data[place : place + half], elf.header.endianness)


def functions(elf: Elf, table: Pclntab) -> Iterator[Function]:
    """The functions by address, as far as the table fits the file. A table that names the same bytes again and again, so
    that all names together would fill the memory, has functions without a name at its end."""
    order, word = elf.order, table.word
    row = struct.Struct(order + (("QQ" if word == 8 else "II") if table.old else "II"))
    index = elf.data[table.records : table.records + (table.entries + 1) * row.size]
    if len(index) < table.entries * row.size:
        return
    names = bytes(elf.data[table.names[0] : table.names[1]])
    # The record begins with the address, a word wide in the old form, and the place of the name.
    name_at = word if table.old else 4
    name_of = struct.Struct(order + "i").unpack_from
    left = _MOST_NAMES + 8 * len(names)
    size = len(elf.data) - table.records
    last: Optional[Tuple[int, int]] = None
    rows = row.iter_unpack(index[: len(index) // row.size * row.size])
    # The last row has only the address at which the code ends; of it, the record is not there.
    end = int.from_bytes(index[table.entries * row.size :][: row.size // 2], "little" if order == "<" else "big")
    for start, record in (*rows, (end, 0)):
        if last is not None and start >= last[0]:
            name = _text(names, last[1], name_of, elf, table, name_at) if left > 0 else b""
            left -= len(name)
            yield Function(name, last[0], start - last[0], last[1])
        last = (start, record) if 0 < record < size - name_at - 4 else None


def _text(names: bytes, record: int, name_of, elf: Elf, table: Pclntab, name_at: int) -> bytes:  # type: ignore[no-untyped-def]
    (at,) = name_of(elf.data, table.records + record + name_at)
    if not 0 <= at < len(names):
        return b""
    end = names.find(b"\0", at, at + _MAX_TEXT)
    return names[at : end if end >= 0 else at]


def _table(elf: Elf, place: int) -> Optional[Pclntab]:
    """The table whose pcHeader is at an offset."""
    head = bytes(elf.data[place : place + 72])
    if len(head) < 72 or not _MAGIC[elf.order].match(head, _BEFORE[elf.order]):
        return None
    word = head[7]
    fields = struct.unpack_from(elf.order + ("8Q" if word == 8 else "8I"), head, 8)
    # nfunc, nfiles, textStart (since Go 1.18), and the offsets of functions' names, compilation units, files' names,
    # numbers, and records.
    old = 0xFA in (head[0], head[3])
    names, units, files, numbers, records = fields[2:7] if old else fields[3:8]
    if not 0 < names < numbers or place + numbers > len(elf.data):
        return None
    return Pclntab(
        place,
        word,
        old,
        fields[0],
        (place + names, place + min(max(units, names), numbers)),
        (place + min(files, numbers), place + numbers),
        (place + numbers, place + records),
        place + records,
        0 if old else fields[2],
        # _func: since Go 1.20 with the first line of a function.
        0 if old else 40 if 0xF0 in (head[0], head[3]) else 44,
    )
