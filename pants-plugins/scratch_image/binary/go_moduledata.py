"""What the linker tells the runtime of a Go program: `runtime.firstmoduledata` (src/runtime/symtab.go)."""

from __future__ import annotations

import struct
from typing import Iterator, NamedTuple, Optional, Tuple

from scratch_image.binary.elf import PT_LOAD, Elf
from scratch_image.binary.pclntab import Pclntab
from scratch_image.binary.sections import Section, named

# Where it is: a section of its own since Go 1.26, writable data before, which is relocated in a PIE.
_SECTIONS = (".go.module", ".noptrdata", ".data", ".data.rel.ro", ".go.module.data.rel.ro")
# In words. Before `types` are counters of coverage since Go 1.20, and behind it, since Go 1.27, the length of descriptors.
_FINDFUNCTAB, _TEXT, _TYPES, _LENGTH = 19, 22, (37, 35), 48
_MOST_PLACES = 64


class Moduledata(NamedTuple):
    """Addresses: `findfunctab` of the table that finds functions, `text` of the code, `types` and `end` of the types and
    their names, `gofunc` of what functions name by a distance, 0 if it is not known."""

    findfunctab: int
    text: int
    types: int
    end: int
    gofunc: int


def find_moduledata(elf: Elf, sections: Tuple[Section, ...], table: Pclntab) -> Optional[Moduledata]:
    """The record, whose first word is the address of the table of functions; None if it is not found."""
    address = elf.address_of(table.place)
    if not address:
        return None
    for place in _places(elf, sections, address.to_bytes(table.word, elf.header.endianness)):
        layout = struct.Struct(f"{elf.order}{_LENGTH}{'Q' if table.word == 8 else 'I'}")
        if place + layout.size <= len(elf.data):
            found = _read(elf, layout.unpack_from(elf.data, place))
            if found:
                return found
    return None


def _places(elf: Elf, sections: Tuple[Section, ...], first: bytes) -> Iterator[int]:
    for name in _SECTIONS:
        section = named(sections, name)
        content = bytes(elf.data[section.offset : section.offset + section.size]) if section else b""
        at = content.find(first)
        for _ in range(_MOST_PLACES):
            if section is None or at < 0:
                break
            yield section.offset + at
            at = content.find(first, at + 1)


def _read(elf: Elf, words: Tuple[int, ...]) -> Optional[Moduledata]:
    segments = elf.of_type(PT_LOAD)
    for at in _TYPES:
        types, second, third = words[at : at + 3]
        # Since Go 1.27 the length of the descriptors is between both ends.
        end = second if second > types else third
        if any(part.address <= types < end <= part.address + part.file_size for part in segments):
            gofunc = words[at + (3 if second > types else 6)]
            return Moduledata(words[_FINDFUNCTAB], words[_TEXT], types, end, gofunc)
    return None
