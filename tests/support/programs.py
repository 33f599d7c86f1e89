"""Programs for tests, made without a compiler: the smallest ELF files that a kernel runs, and files of any other shape."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple, Union

X86_64 = 62
AARCH64 = 183
I386 = 3
ARM = 40
_CODE = 36

EXEC, DYN = 2, 3
LOAD, DYNAMIC, INTERP, NOTE = 1, 2, 3, 4
GNU_STACK = 0x6474E551
X, W, R = 1, 2, 4
WRITE, ALLOC, EXECINSTR = 1, 2, 4
NEEDED, STRTAB, STRSZ, SONAME, RPATH, RUNPATH, FLAGS_1 = 1, 5, 10, 14, 15, 29, 0x6FFFFFFB
DF_1_PIE = 0x08000000
# Where elf_file() puts what has no address of its own: this and the offset in the file.
BASE = 0x400000


def elf(machine: int = X86_64, text: str = "hello\n", *, word_size: int = 64, big_endian: bool = False) -> bytes:
    """A static ELF program of one segment; on x86-64 it writes `text` and exits with 0, elsewhere it is not run."""
    message = text.encode()
    order = ">" if big_endian else "<"
    ident = b"\x7fELF" + bytes((2 if word_size == 64 else 1, 2 if big_endian else 1, 1)) + bytes(9)
    if word_size == 32:
        header = struct.pack(order + "HHIIIIIHHHHHH", 2, machine, 1, 0x10054, 52, 0, 0, 52, 32, 1, 0, 0, 0)
        size = 84 + len(message)
        segment = struct.pack(order + "IIIIIIII", 1, 0, 0x10000, 0x10000, size, size, 5, 0x1000)
        return ident + header + segment + message
    base, start = 0x400000, 64 + 56
    # write(1, message, length); exit(0)
    code = b"\xb8\x01\0\0\0\xbf\x01\0\0\0\x48\xbe" + struct.pack("<Q", base + start + _CODE)
    code += b"\xba" + struct.pack("<I", len(message)) + b"\x0f\x05\x31\xff\xb8\x3c\0\0\0\x0f\x05"
    body = code + message
    header = struct.pack(order + "HHIQQQIHHHHHH", 2, machine, 1, base + start, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    size = start + len(body)
    segment = struct.pack(order + "IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000)
    return ident + header + segment + body


@dataclass(frozen=True)
class Segment:
    """What is None follows from the rest: the place in the file, that place plus BASE, and the content's size."""

    type: int
    content: bytes = b""
    flags: int = R
    address: Optional[int] = None
    offset: Optional[int] = None
    file_size: Optional[int] = None
    memory_size: Optional[int] = None


@dataclass(frozen=True)
class Section:
    """A section with the flag ALLOC has a PT_LOAD around it, which can be written or executed if `flags` say so."""

    name: str
    content: bytes = b""
    flags: int = 0
    type: int = 1
    offset: Optional[int] = None
    size: Optional[int] = None


CODE = Segment(LOAD, b"\xc3" * 16, R | X)


def elf_file(
    machine: int = X86_64,
    *,
    word_size: int = 64,
    big_endian: bool = False,
    kind: int = EXEC,
    os_abi: int = 0,
    segments: Sequence[Segment] = (CODE,),
    dynamic: Sequence[Tuple[int, Union[int, bytes]]] = (),
    sections: Sequence[Section] = (),
    entry: Optional[int] = None,
) -> bytes:
    """An ELF file of any shape. Its entry is the start of the first segment that is loaded and executable, if there is one.

    A value in `dynamic` that is bytes is put into the string table; DT_STRTAB and DT_STRSZ are added where they are missing.
    """
    wide, order = word_size == 64, ">" if big_endian else "<"
    header_size, segment_size = (64, 56) if wide else (52, 32)
    loaded = [section for section in sections if section.flags & ALLOC]
    body = bytearray(header_size + segment_size * (len(segments) + 2 * bool(dynamic) + len(loaded)))

    def place(content: bytes) -> int:
        body.extend(bytes(-len(body) % 16))
        body.extend(content)
        return len(body) - len(content)

    rows = [_placed(segment, place(segment.content)) for segment in segments]
    if dynamic:
        strings, values = _dynamic_values(dynamic)
        rows.append(_placed(Segment(LOAD, strings), place(strings)))
        there = {tag for tag, _ in values}
        own = ((STRTAB, rows[-1].address), (STRSZ, len(strings)))
        values = [*((tag, value) for tag, value in own if tag not in there), *values, (0, 0)]
        table = b"".join(struct.pack(order + ("qQ" if wide else "iI"), *value) for value in values)
        rows.append(_placed(Segment(DYNAMIC, table), place(table)))
    for section in loaded:
        flags = R | (W if section.flags & WRITE else 0) | (X if section.flags & EXECINSTR else 0)
        rows.append(_placed(Segment(LOAD, section.content, flags), place(section.content)))
    places = [row.offset for row in rows[len(rows) - len(loaded) :]]
    table_at, count = 0, 0
    if sections:
        table_at, count = _sections(place, sections, places, wide, order)
    if entry is None:
        entry = next((row.address for row in rows if row.type == LOAD and row.flags & X), 0)
    ident = b"\x7fELF" + bytes((2 if wide else 1, 2 if big_endian else 1, 1, os_abi)) + bytes(8)
    last = (header_size, segment_size, len(rows), 64 if wide else 40, count, count - 1 if count else 0)
    first = (kind, machine, 1, entry, header_size, table_at, 0)
    body[:header_size] = ident + struct.pack(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), *first, *last)
    packed = b"".join(_header(row, wide, order) for row in rows)
    body[header_size : header_size + len(packed)] = packed
    return bytes(body)


def _placed(segment: Segment, offset: int) -> Segment:
    offset = offset if segment.offset is None else segment.offset
    size = len(segment.content) if segment.file_size is None else segment.file_size
    memory = size if segment.memory_size is None else segment.memory_size
    address = BASE + offset if segment.address is None else segment.address
    return Segment(segment.type, segment.content, segment.flags, address, offset, size, memory)


def _header(row: Segment, wide: bool, order: str) -> bytes:
    if wide:
        fields = (row.type, row.flags, row.offset, row.address, row.address, row.file_size, row.memory_size, 16)
        return struct.pack(order + "IIQQQQQQ", *fields)
    fields = (row.type, row.offset, row.address, row.address, row.file_size, row.memory_size, row.flags, 16)
    return struct.pack(order + "IIIIIIII", *fields)


def _dynamic_values(dynamic) -> Tuple[bytes, List[Tuple[int, int]]]:
    strings, values = b"\0", []
    for tag, value in dynamic:
        if isinstance(value, bytes):
            value, strings = len(strings), strings + value + b"\0"
        values.append((tag, value))
    return strings, values


def _sections(place, sections, loaded, wide, order) -> Tuple[int, int]:
    """Writes what is not loaded, the names and the table; gives the table's offset and number of rows."""
    loaded = list(loaded)
    rows, names = [(0, 0, 0, 0, 0, 0)], b"\0"
    for section in sections:
        where = loaded.pop(0) if section.flags & ALLOC else place(section.content)
        size = len(section.content) if section.size is None else section.size
        offset = where if section.offset is None else section.offset
        rows.append((len(names), section.type, section.flags, 0, offset, size))
        names += section.name.encode() + b"\0"
    name = len(names)
    names += b".shstrtab\0"
    rows.append((name, 3, 0, 0, place(names), len(names)))
    layout, rest = (order + "IIQQQQ", 64 - 40) if wide else (order + "IIIIII", 40 - 24)
    return place(b"".join(struct.pack(layout, *row) + bytes(rest) for row in rows)), len(rows)


def note(owner: bytes, kind: int, content: bytes, order: str = "<") -> bytes:
    """A note as the ELF specification has it; the owner gets its NUL."""
    owner += b"\0"
    head = struct.pack(order + "III", len(owner), len(content), kind)
    return head + owner + bytes(-len(owner) % 4) + content + bytes(-len(content) % 4)


def varint(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*digits, number))


def go_build_info(version: bytes, lines: bytes, *, sentinels: bool = True) -> bytes:
    """`.go.buildinfo` as Go writes it from 1.18 on."""
    info = b"0" * 16 + lines + b"1" * 16 if sentinels else lines
    texts = b"".join(varint(len(text)) + text for text in (version, info))
    return b"\xff Go buildinf:\x08\x02" + bytes(16) + texts


def go_names(names: Sequence[bytes], files: Sequence[bytes] = (), *, release: str = "1.20", word: int = 8, order: str = "<"):
    """`runtime.pclntab` as far as it is read: its header, the functions' names and the source files' names."""
    magic = {"1.20": 0xFFFFFFF1, "1.18": 0xFFFFFFF0, "1.16": 0xFFFFFFFA}[release]
    table = b"".join(name + b"\0" for name in names)
    sources = b"".join(name + b"\0" for name in files)
    start = 8 + 8 * word
    fields = [len(names), len(files), *([] if release == "1.16" else [0x401000])]
    fields += [start, start + len(table), start + len(table), start + len(table) + len(sources)]
    fields += [0] * (8 - len(fields))
    head = struct.pack(order + "I", magic) + bytes((0, 0, 1, word))
    return head + struct.pack(order + ("8Q" if word == 8 else "8I"), *fields) + table + sources


def go_table(
    functions: Sequence[Tuple[bytes, int]], files: Sequence[bytes] = (), *, word: int = 8, order: str = "<"
) -> bytes:
    """`runtime.pclntab` of Go 1.20 with its index and records: (name, size in bytes) of the functions, which follow one
    another."""
    names, at = {}, 0
    for name in dict.fromkeys(name for name, _ in functions):
        names[name], at = at, at + len(name) + 1
    texts = b"".join(name + b"\0" for name in names)
    sources = b"".join(name + b"\0" for name in files)
    head = 8 + 8 * word
    numbers = head + len(texts) + len(sources)
    fields = (len(functions), len(files), 0, head, head + len(texts), head + len(texts), numbers, numbers)
    index, records, start = b"", b"", 0
    first = 8 * len(functions) + 4
    for name, size in functions:
        index += struct.pack(order + "II", start, first + len(records))
        records += struct.pack(order + "Ii", start, names[name]) + bytes(36)
        start += size
    index += struct.pack(order + "I", start)
    header = struct.pack(order + "I", 0xFFFFFFF1) + bytes((0, 0, 1, word))
    return header + struct.pack(order + ("8Q" if word == 8 else "8I"), *fields) + texts + sources + index + records
