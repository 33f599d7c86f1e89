"""Pins down which units debug information has, and that each section is divided by them, also where it is compressed."""

from __future__ import annotations

import random
import struct
import zlib

import pytest

from scratch_image.binary.blame import blame
from scratch_image.binary.dwarf import content, frames, units
from scratch_image.binary.elf import read_elf
from scratch_image.binary.sections import read_sections
from tests.support.programs import ALLOC, EXECINSTR, Section, elf_file, go_table

NAME, LINES, RANGES, ADDRESSES = 0x03, 0x10, 0x55, 0x73
STRING, SEC_OFFSET, DATA1, STRP, UNKNOWN = 0x08, 0x17, 0x0B, 0x0E, 0x7F


def abbreviation(code: int, *attributes: int) -> bytes:
    return bytes((code, 0x11, 1, *attributes, 0, 0))


def unit(order: str, version: int, body: bytes, code: int = 1) -> bytes:
    head = struct.pack(order + "HBBI", 5, 1, 8, 0) if version == 5 else struct.pack(order + "HIB", version, 0, 8)
    rest = head + bytes((code,)) + body
    return struct.pack(order + "I", len(rest)) + rest


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [4, 5])
def test_units(order: str, version: int) -> None:
    table = (
        abbreviation(2, 0x25, STRING) + abbreviation(1, NAME, STRING, 0x13, DATA1, LINES, SEC_OFFSET, NAME, UNKNOWN) + b"\0"
    )
    first = unit(order, version, b"net/http\0\x16" + struct.pack(order + "I", 77) + bytes(40))
    second = unit(order, version, b"without an end\0", code=9)
    found = units(first + second + b"\xff" * 20, table, {}, order)
    assert [(each.start, each.size, each.name, each.places) for each in found] == [
        (0, len(first), b"net/http", {"line": 77}),
        (len(first), len(second), b"", {}),
    ]


def test_a_name_in_a_table_of_texts() -> None:
    found = units(unit("<", 4, struct.pack("<I", 4)), abbreviation(1, NAME, STRP) + b"\0", {STRP: b"one\0two\0"}, "<")
    assert [each.name for each in found] == [b"two"]


def test_frames() -> None:
    shared = struct.pack("<II", 12, 0xFFFFFFFF) + bytes(8)
    rows = shared + struct.pack("<IIQ", 20, 0, 0x401000) + bytes(8) + struct.pack("<II", 1 << 30, 0) + bytes(8)
    assert list(frames(rows, 8, "<")) == [(0, 16), (0x401000, 24)]


FUNCTIONS = ((b"example.com/a.F", 32), (b"example.com/b.G", 64))
ABBREVIATIONS = abbreviation(1, NAME, STRING, LINES, SEC_OFFSET, RANGES, SEC_OFFSET, ADDRESSES, SEC_OFFSET) + b"\0"


def program(info: Section) -> bytes:
    symbols, names = bytes(24), b"\0"
    for name, _ in FUNCTIONS:
        symbols += struct.pack("<IBBHQQ", len(names), 2, 0, 1, 0, 32)
        names += name + b"\0"
    sections = [
        Section(".text", b"\xc3" * 96, ALLOC | EXECINSTR),
        Section(".gopclntab", go_table(FUNCTIONS), ALLOC),
        info,
        Section(".debug_abbrev", ABBREVIATIONS),
        Section(".debug_line", bytes(100)),
        Section(".debug_rnglists", bytes(100)),
        Section(".symtab", symbols),
        Section(".strtab", names),
    ]
    return elf_file(segments=(), sections=sections)


ONE = unit("<", 5, b"example.com/a\0" + struct.pack("<III", 0, 20, 0) + bytes(300))
OTHER = unit("<", 5, b"example.com/b\0" + struct.pack("<III", 60, 40, 0) + bytes(600))
INFO = ONE + OTHER
COMPRESSED = zlib.compress(INFO)
PLAIN = Section(".debug_info", INFO)
GABI = Section(".debug_info", struct.pack("<I4xQ8x", 1, len(INFO)) + COMPRESSED, 0x800)
GNU = Section(".zdebug_info", b"ZLIB" + struct.pack(">Q", len(INFO)) + COMPRESSED)


@pytest.mark.parametrize("info", [PLAIN, GABI, GNU], ids=["plain", "compressed", "compressed, by its name"])
def test_a_program(info: Section) -> None:
    data = program(info)
    parts = {(part.kind, part.name): part for part in blame(memoryview(data))}
    assert sum(part.size for part in parts.values()) == len(data)
    (one, other) = (parts["debug", f"example.com/{name}"] for name in "ab")
    shares = [len(part) * len(info.content) // len(INFO) for part in (ONE, OTHER)]
    # .debug_line is divided at 60, .debug_rnglists at 40; what is in front of the first place is nobody's.
    assert (one.size, other.size) == (shares[0] + 60 + 20, shares[1] + 40 + 60)
    assert {one.group, other.group} == {"debug information"} and one.unit == "debug information"
    assert parts["symbols", "example.com/a"].size == 24 + len("example.com/a.F") + 1
    assert parts["other", "symbols"].size > 0 and parts["other", "debug information"].size > 0


@pytest.mark.parametrize(
    "info",
    [
        Section(".debug_info", struct.pack("<I4xQ8x", 1, 1 << 50) + COMPRESSED, 0x800),
        Section(".debug_info", struct.pack("<I4xQ8x", 2, len(INFO)) + COMPRESSED, 0x800),
        Section(".debug_info", struct.pack("<I4xQ8x", 1, len(INFO)) + b"x" + COMPRESSED, 0x800),
        Section(".debug_info", b"short", 0x800),
        Section(".zdebug_info", b"ZLIB"),
    ],
    ids=["larger than any", "of another kind", "damaged", "without a head", "empty"],
)
def test_what_cannot_be_decompressed_is_nobodys(info: Section) -> None:
    data = program(info)
    sections = read_sections(read_elf(memoryview(data)))
    assert content(read_elf(memoryview(data)), next(each for each in sections if each.name == info.name)) == b""
    parts = blame(memoryview(data))
    assert sum(part.size for part in parts) == len(data) and "debug" not in {part.kind for part in parts}


def test_damaged_programs_are_divided_as_a_whole() -> None:
    for seed in range(300):
        data, chance = bytearray(program(PLAIN)), random.Random(seed)
        for _ in range(chance.randrange(1, 60)):
            data[chance.randrange(64, len(data))] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
        assert sum(part.size for part in blame(memoryview(bytes(data)))) == len(data)
