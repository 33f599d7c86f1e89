"""What the section headers add (gABI, chapter 4, "Sections"): a program runs without them, and `strip` may remove them.

So they do not decide whether a program can run, and nothing is raised: a section that does not fit the file is ignored.
"""

from __future__ import annotations

import struct
from typing import Iterator, List, NamedTuple, Optional, Tuple

from scratch_image.binary.elf import Elf

SHT_NOBITS = 8
SHF_ALLOC, SHF_EXECINSTR = 2, 4
# Far above what linkers give a program; object files may have more, and are not read.
_MAX_SECTIONS = 4096
_MAX_NAME = 256


class Section(NamedTuple):
    """A section with bytes in the file: `flags` is sh_flags; `offset` and `size` are in bytes."""

    name: str
    flags: int
    offset: int
    size: int


def read_sections(elf: Elf) -> Tuple[Section, ...]:
    """The sections with bytes in the file, in the order of their headers; none if the table is damaged."""
    wide = elf.header.word_size == 64
    layout = struct.Struct(elf.order + ("IIQQQQ" if wide else "IIIIII"))
    offset, entry_size, count, names = _table(elf, wide)
    if not offset or entry_size < layout.size or offset + entry_size > len(elf.data):
        return ()
    first = layout.unpack_from(elf.data, offset)
    count = count or first[5]  # gABI: a count too large for its field is in sh_size of section 0.
    if not 0 < count <= _MAX_SECTIONS or offset + count * entry_size > len(elf.data) or names >= count:
        return ()
    rows = [layout.unpack_from(elf.data, offset + number * entry_size) for number in range(count)]
    strings = rows[names][4], rows[names][5]
    return tuple(_with_bytes(elf, rows, strings))


def content(elf: Elf, section: Optional[Section], limit: int) -> bytes:
    """A section's bytes, at most `limit`; empty without a section."""
    return bytes(elf.data[section.offset : section.offset + min(section.size, limit)]) if section else b""


def named(sections: Tuple[Section, ...], *names: str) -> Optional[Section]:
    """The first section of one of these names."""
    return next((section for section in sections if section.name in names), None)


def _table(elf: Elf, wide: bool) -> Tuple[int, int, int, int]:
    """e_shoff, e_shentsize, e_shnum and e_shstrndx."""
    (offset,) = struct.unpack_from(elf.order + ("Q" if wide else "I"), elf.data, 40 if wide else 32)
    entry_size, count, names = struct.unpack_from(elf.order + "HHH", elf.data, 58 if wide else 46)
    return offset, entry_size, count, names


def _with_bytes(elf: Elf, rows: List[Tuple[int, ...]], strings: Tuple[int, int]) -> Iterator[Section]:
    for name, kind, flags, _, offset, size in rows:
        if kind in (0, SHT_NOBITS) or offset + size > len(elf.data) or name >= strings[1]:
            continue
        start = strings[0] + name
        text = bytes(elf.data[start : start + min(_MAX_NAME, strings[1] - name)]).split(b"\0")[0]
        yield Section(text.decode("ascii", "backslashreplace"), flags, offset, size)
