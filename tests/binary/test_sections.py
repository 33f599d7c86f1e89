"""Pins down how sections are read, and that whatever is wrong with them is as if they were not there."""

from __future__ import annotations

import struct

import pytest

from scratch_image.binary.elf import read_elf
from scratch_image.binary.sections import Section, content, named, read_sections
from tests.support import programs
from tests.support.programs import ALLOC, CODE, EXECINSTR, elf_file

FORMS = [(64, False), (64, True), (32, False), (32, True)]
TWO = (programs.Section(".text", b"code", ALLOC | EXECINSTR), programs.Section(".comment", b"GCC"))


def put(whole, offset, piece):
    return whole[:offset] + piece + whole[offset + len(piece) :]


def sections_of(whole):
    return read_sections(read_elf(memoryview(whole)))


def names_of(whole):
    return [section.name for section in sections_of(whole)]


@pytest.mark.parametrize("word_size, big_endian", FORMS)
def test_sections_of_every_form(word_size, big_endian):
    whole = elf_file(word_size=word_size, big_endian=big_endian, sections=TWO)
    found = sections_of(whole)
    assert [(section.name, section.flags, section.size) for section in found] == [
        (".text", ALLOC | EXECINSTR, 4),
        (".comment", 0, 3),
        (".shstrtab", 0, 26),
    ]
    elf = read_elf(memoryview(whole))
    assert content(elf, named(found, ".comment"), 99) == b"GCC"
    assert content(elf, named(found, ".comment"), 2) == b"GC"
    assert content(elf, named(found, ".none"), 99) == b""


def test_the_first_of_several_names():
    first, second = Section("a", 0, 0, 0), Section("b", 0, 0, 0)
    assert named((first, second), "b", "a") is first
    assert named((), "a") is None


def test_a_program_without_sections():
    assert sections_of(elf_file()) == ()


@pytest.mark.parametrize("word_size, big_endian", FORMS)
def test_a_number_too_large_for_its_field(word_size, big_endian):
    """e_shnum is 0 then, and the number is sh_size of section 0."""
    whole = elf_file(word_size=word_size, big_endian=big_endian, sections=TWO)
    order, wide = ">" if big_endian else "<", word_size == 64
    (table,) = struct.unpack_from(order + ("Q" if wide else "I"), whole, 40 if wide else 32)
    whole = put(whole, 60 if wide else 48, b"\0\0")
    assert sections_of(whole) == (), "section 0 says nothing either"
    number = struct.pack(order + ("Q" if wide else "I"), 4)
    assert len(sections_of(put(whole, table + (32 if wide else 20), number))) == 3


WHOLE = elf_file(sections=TWO)
(TABLE,) = struct.unpack_from("<Q", WHOLE, 40)
CUT = [
    # content, reason
    (WHOLE[:-1], "the table without its last byte"),
    (WHOLE[:TABLE], "no table"),
    (WHOLE[: TABLE + 63], "not even section 0"),
    (put(WHOLE, 40, struct.pack("<Q", 1 << 60)), "a table far behind the end"),
    (put(WHOLE, 58, struct.pack("<H", 39)), "rows that are too short"),
    (put(WHOLE, 58, struct.pack("<H", 0)), "rows of no length"),
    (put(WHOLE, 60, struct.pack("<H", 5)), "one row more than there are"),
    (put(WHOLE, 60, struct.pack("<H", 4097)), "more sections than a program has"),
    (put(WHOLE, 62, struct.pack("<H", 4)), "names in a section that is not there"),
]


@pytest.mark.parametrize("whole, reason", CUT, ids=[row[-1] for row in CUT])
def test_tables_that_are_not_whole(whole, reason):
    assert sections_of(whole) == ()


def row(number, *, name=None, kind=None, offset=None, size=None):
    """The file with another row in its table."""
    whole, at = WHOLE, TABLE + 64 * number
    for value, layout, where in ((name, "<I", 0), (kind, "<I", 4), (offset, "<Q", 24), (size, "<Q", 32)):
        if value is not None:
            whole = put(whole, at + where, struct.pack(layout, value))
    return whole


ROWS = [
    (row(1, offset=len(WHOLE)), [".comment", ".shstrtab"], "a section behind the end"),
    (row(1, size=1 << 63), [".comment", ".shstrtab"], "a section that is too long"),
    (row(1, offset=2**64 - 1, size=2), [".comment", ".shstrtab"], "an end that wraps around in C"),
    (row(1, kind=8), [".comment", ".shstrtab"], "SHT_NOBITS has no bytes in the file"),
    (row(1, kind=8, offset=1 << 60), [".comment", ".shstrtab"], "so its offset means nothing"),
    (row(1, kind=0), [".comment", ".shstrtab"], "SHT_NULL"),
    (row(1, name=9999), [".comment", ".shstrtab"], "a name behind the names"),
    (row(1, name=2), ["text", ".comment", ".shstrtab"], "a name within another, as linkers share them"),
    (row(3, size=0), [], "no names"),
    (row(3, size=6), [".text"], "names that are truncated"),
    (row(3, offset=1 << 60), ["", ""], "names that are nowhere: sections without a name"),
]


@pytest.mark.parametrize("whole, want, reason", ROWS, ids=[row[-1] for row in ROWS])
def test_rows_that_are_wrong(whole, want, reason):
    assert names_of(whole) == want


def test_names_are_shown_and_bounded():
    assert names_of(elf_file(sections=[programs.Section("x" * 300)]))[0] == "x" * 256
    assert names_of(elf_file(sections=[programs.Section("ü")]))[0] == "\\xc3\\xbc"


def test_section_headers_decide_nothing_about_segments():
    assert read_elf(memoryview(WHOLE[:TABLE])).segments[0].file_size == len(CODE.content)
