"""An ELF file as its program headers describe it (System V gABI, chapters 4 and 5): what a kernel reads to start it.

Every read is bounded by the file and by a limit of its own. A file that contradicts itself raises InvalidElf, and nothing
else. Section headers are not used: a program runs without them, and `strip` may remove them.
"""

from __future__ import annotations

import struct
from typing import Dict, Literal, NamedTuple, Tuple

MAGIC = b"\x7fELF"
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE = 1, 2, 3, 4
PT_GNU_STACK, PT_GNU_PROPERTY = 0x6474E551, 0x6474E553
ET_REL, ET_EXEC, ET_DYN, ET_CORE = 1, 2, 3, 4
PF_X, PF_W = 1, 2
_CLASSES = {1: 32, 2: 64}
_ENDIANNESSES: Dict[int, Literal["little", "big"]] = {1: "little", 2: "big"}
_NAMES = {PT_LOAD: "PT_LOAD", PT_DYNAMIC: "PT_DYNAMIC", PT_INTERP: "PT_INTERP", PT_NOTE: "PT_NOTE"}
# Linux accepts 64 KiB of program headers (fs/binfmt_elf.c, load_elf_phdrs).
_MAX_PROGRAM_HEADERS = 65_536


class InvalidElf(Exception):
    """The file begins like ELF, and is truncated or inconsistent; the text says what was found."""


class ElfHeader(NamedTuple):
    """The file header. `word_size` is EI_CLASS in bits, `endianness` EI_DATA as 'little' or 'big'; the others are EI_OSABI,
    e_type, e_machine, e_flags and e_entry."""

    word_size: int
    endianness: Literal["little", "big"]
    os_abi: int
    type: int
    machine: int
    flags: int
    entry: int


class Segment(NamedTuple):
    """A program header; sizes and offsets in bytes."""

    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int


class Elf(NamedTuple):
    """A file, its header and its segments. `data` is the whole file, usually mapped."""

    data: memoryview
    header: ElfHeader
    segments: Tuple[Segment, ...]

    @property
    def order(self) -> str:
        """The byte order in the notation of `struct`."""
        return "<" if self.header.endianness == "little" else ">"

    def of_type(self, kind: int) -> Tuple[Segment, ...]:
        """The segments of a p_type, in order."""
        return tuple(segment for segment in self.segments if segment.type == kind)

    def content(self, segment: Segment, limit: int) -> bytes:
        """A segment's bytes in the file, at most `limit`."""
        return bytes(self.data[segment.offset : segment.offset + min(segment.file_size, limit)])

    def at_address(self, address: int, size: int) -> bytes:
        """At most `size` of the bytes in loaded_at()."""
        return bytes(self.loaded_at(address)[:size])

    def loaded_at(self, address: int) -> memoryview:
        """What is loaded from the file to an address and behind it, in the same segment; may be empty."""
        for segment in self.segments:
            skipped = address - segment.address
            if segment.type == PT_LOAD and 0 <= skipped < segment.file_size:
                return self.data[segment.offset + skipped : segment.offset + segment.file_size]
        return self.data[:0]

    def address_of(self, offset: int) -> int:
        """The address to which a byte of the file is loaded; 0 if it is not loaded."""
        for segment in self.segments:
            if segment.type == PT_LOAD and 0 <= offset - segment.offset < segment.file_size:
                return segment.address + offset - segment.offset
        return 0


def read_elf(data: memoryview) -> Elf:
    """Reads header and program headers of a file that begins with MAGIC. Raises InvalidElf."""
    if len(data) < 20:
        raise InvalidElf(f"the ELF header is truncated after {len(data)} bytes")
    word_size, endianness = _CLASSES.get(data[4]), _ENDIANNESSES.get(data[5])
    if word_size is None:
        raise InvalidElf(f"EI_CLASS is {data[4]}, neither 1 (32-bit) nor 2 (64-bit)")
    if endianness is None:
        raise InvalidElf(f"EI_DATA is {data[5]}, neither 1 (little endian) nor 2 (big endian)")
    layout = ("<" if endianness == "little" else ">") + ("HHIQQQIHHHHHH" if word_size == 64 else "HHIIIIIHHHHHH")
    if len(data) < 16 + struct.calcsize(layout):
        raise InvalidElf(f"the ELF header is truncated after {len(data)} bytes")
    kind, machine, version, entry, offset, sections, flags, _, entry_size, count, *_ = struct.unpack_from(layout, data, 16)
    if data[6] != 1 or version != 1:
        raise InvalidElf(f"the ELF version is {version if data[6] == 1 else data[6]}, not 1")
    header = ElfHeader(word_size, endianness, data[7], kind, machine, flags, entry)
    if count == 0xFFFF:
        count = _extended_count(data, header, sections)
    return Elf(data, header, _segments(data, header, offset, entry_size, count))


def _extended_count(data: memoryview, header: ElfHeader, sections: int) -> int:
    """The number of program headers if it is too large for its field: sh_info of section 0 (gABI, PN_XNUM)."""
    where = sections + (44 if header.word_size == 64 else 28)
    if where + 4 > len(data):
        raise InvalidElf("the number of program headers is in a section that the file does not have")
    return int.from_bytes(data[where : where + 4], header.endianness)


def _segments(data: memoryview, header: ElfHeader, offset: int, entry_size: int, count: int) -> Tuple[Segment, ...]:
    wide = header.word_size == 64
    layout = ("<" if header.endianness == "little" else ">") + ("IIQQQQQQ" if wide else "IIIIIIII")
    size = struct.calcsize(layout)
    if count and entry_size != size:
        raise InvalidElf(f"e_phentsize is {entry_size}, not {size}")
    if count * size > _MAX_PROGRAM_HEADERS:
        raise InvalidElf(f"{count} program headers are more than Linux accepts")
    if offset + count * size > len(data):
        raise InvalidElf(f"the program headers end at {offset + count * size}, the file at {len(data)}: it is truncated")
    segments = []
    for number in range(count):
        fields = struct.unpack_from(layout, data, offset + number * size)
        if wide:
            kind, flags, start, address, _, in_file, in_memory, _ = fields
        else:
            kind, start, address, _, in_file, in_memory, flags, _ = fields
        if kind in _NAMES and start + in_file > len(data):
            raise InvalidElf(
                f"segment {number} ({_NAMES[kind]}) ends at {start + in_file}, the file at {len(data)}: it is truncated"
            )
        segments.append(Segment(kind, flags, start, address, in_file, in_memory))
    return tuple(segments)
