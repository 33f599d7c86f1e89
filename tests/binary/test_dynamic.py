"""Pins down what is read of PT_INTERP and PT_DYNAMIC, and which of it is refused."""

from __future__ import annotations

import struct

import pytest

from scratch_image.binary.dynamic import Dynamic, read_dynamic
from scratch_image.binary.elf import InvalidElf, read_elf
from tests.support.programs import (
    CODE,
    DF_1_PIE,
    FLAGS_1,
    INTERP,
    LOAD,
    NEEDED,
    RPATH,
    RUNPATH,
    SONAME,
    STRSZ,
    STRTAB,
    Segment,
    elf_file,
)

FORMS = [(64, False), (64, True), (32, False), (32, True)]


def read(*, segments=(CODE,), **other):
    return read_dynamic(read_elf(memoryview(elf_file(segments=segments, **other))))


def interpreter(content):
    return (CODE, Segment(INTERP, content))


@pytest.mark.parametrize("word_size, big_endian", FORMS)
def test_all_of_it_in_every_form(word_size, big_endian):
    entries = [
        (NEEDED, b"libz.so.1"), (SONAME, b"libx.so"), (NEEDED, b"libc.so.6"), (RUNPATH, b"$ORIGIN/lib"), (RPATH, b"/lib"),
        (FLAGS_1, DF_1_PIE | 1),
    ]  # fmt: skip
    found = read(
        word_size=word_size, big_endian=big_endian, segments=interpreter(b"/lib64/ld-linux-x86-64.so.2\0"), dynamic=entries
    )
    assert found == Dynamic(
        "/lib64/ld-linux-x86-64.so.2", ("libz.so.1", "libc.so.6"), "libx.so", ("/lib", "$ORIGIN/lib"), True, False
    )


def test_a_program_that_asks_for_nothing():
    assert read() == Dynamic(None, (), None, (), False, False)


def test_a_dynamic_section_that_names_nothing():
    """As static-pie programs have one: relocations, and no names."""
    assert read(dynamic=[(FLAGS_1, DF_1_PIE)]) == Dynamic(None, (), None, (), True, False)
    assert read(dynamic=[(FLAGS_1, 1)]) == Dynamic(None, (), None, (), False, False)


def test_nothing_counts_behind_the_end():
    assert read(dynamic=[(NEEDED, b"liba.so"), (0, 0), (NEEDED, b"libb.so")]).needed == ("liba.so",)


INTERPRETERS = [
    (b"/lib/ld-musl-x86_64.so.1\0", "/lib/ld-musl-x86_64.so.1", "with its NUL"),
    (b"/lib/ld.so", "/lib/ld.so", "without: the segment's end is the end"),
    (b"/lib/ld.so\0junk\0", "/lib/ld.so", "something behind the NUL"),
    (b"\0", "", "an empty path is a path: a kernel looks for it"),
    (b"", "", "an empty segment as well"),
    (b"/l\xff\0", "/l\\xff", "what is no UTF-8 is shown in escapes"),
    ("/Grüße\0".encode(), "/Grüße", "UTF-8"),
    (b"/" + b"x" * 4094 + b"\0", "/" + "x" * 4094, "the longest that Linux takes"),
]


@pytest.mark.parametrize("content, want, reason", INTERPRETERS)
def test_interpreters(content, want, reason):
    assert read(segments=interpreter(content)).interpreter == want


BAD = [
    # arguments, what the sentence must hold, reason
    (dict(segments=interpreter(b"x" * 4097)), "4097 bytes, more than Linux accepts", "longer than PATH_MAX"),
    (dict(dynamic=[(NEEDED, 5), (STRSZ, 5)]), "at offset 5 of a string table of 5 bytes", "the first byte behind the table"),
    (dict(dynamic=[(NEEDED, 1 << 40), (SONAME, b"x")]), f"at offset {1 << 40} of", "far behind the table"),
    (dict(dynamic=[(SONAME, 9)]), "at offset 9 of a string table of 1 bytes", "a soname too"),
    (dict(dynamic=[(RPATH, 9)]), "at offset 9 of a string table of 1 bytes", "a path too"),
    (dict(dynamic=[(NEEDED, b"liba.so"), (STRSZ, 4)]), "has no end", "the table ends before the name"),
    (dict(dynamic=[(NEEDED, b"liba.so"), (STRTAB, 0x10)]), "has no end", "a table that is nowhere"),
    (dict(dynamic=[(NEEDED, b"x" * 5000)]), "has no end", "a name without an end within PATH_MAX"),
]


@pytest.mark.parametrize("arguments, named, reason", BAD)
def test_names_that_are_not_there(arguments, named, reason):
    with pytest.raises(InvalidElf) as error:
        read(**arguments)
    assert named in str(error.value)


def test_a_name_that_is_no_utf_8():
    assert read(dynamic=[(NEEDED, b"lib\xfe.so")]).needed == ("lib\\xfe.so",)


def test_a_name_is_never_shown_with_control_characters():
    """They would do something to the terminal of who reads the message."""
    found = read(segments=interpreter(b"/l\x1b[2Jd\n\0"), dynamic=[(NEEDED, b"lib\x07.so")])
    assert (found.interpreter, found.needed) == ("/l\\x1b[2Jd\\n", ("lib\\x07.so",))


def test_the_table_is_found_by_its_address():
    """DT_STRTAB is a virtual address: the segment that is loaded there may be anywhere in the file."""
    elsewhere = Segment(LOAD, b"\0libc.so\0", address=0x7000)
    found = read(segments=(CODE, elsewhere), dynamic=[(NEEDED, 1), (STRTAB, 0x7000), (STRSZ, 9)])
    assert found.needed == ("libc.so",)


def test_how_many_names_are_read_is_bounded():
    assert len(read(dynamic=[(NEEDED, b"x")] * 5000).needed) == 256


RELA, RELASZ, REL, RELSZ, JMPREL, PLTRELSZ, PLTREL, RELACOUNT, RELCOUNT = 7, 8, 17, 18, 23, 2, 20, 0x6FFFFFF9, 0x6FFFFFFA
MIPS = 8
IMPORTS = [
    # symbols of the relocations, tags of the table, words of each, whether a symbol is asked for, reason
    ((0, 0), (RELA, RELASZ), 3, False, "static-pie: addresses of its own"),
    ((0, 7), (RELA, RELASZ), 3, True, "a library: __cxa_finalize at the least"),
    ((0, 7), (REL, RELSZ), 2, True, "the form without addends"),
    ((0, 0), (REL, RELSZ), 2, False, "the same, of a program"),
    ((1,), (JMPREL, PLTRELSZ), 2, True, "a function of another library"),
    ((0,), (JMPREL, PLTRELSZ), 2, False, "an indirect function of its own"),
    ((), (RELA, RELASZ), 3, False, "nothing"),
]


@pytest.mark.parametrize("symbols, tags, words, want, reason", IMPORTS)
@pytest.mark.parametrize("word_size, big_endian", FORMS)
def test_relocations_that_name_a_symbol(symbols, tags, words, want, reason, word_size, big_endian):
    row = struct.Struct(f"{'>' if big_endian else '<'}{words}{'Q' if word_size == 64 else 'I'}")
    shift = 32 if word_size == 64 else 8
    content = b"".join(row.pack(0x1000, symbol << shift | 6, *(0,) * (words - 2)) for symbol in symbols)
    segments = (CODE, Segment(LOAD, content + b"end", address=0x9000))
    form = dict(word_size=word_size, big_endian=big_endian, segments=segments)
    entries = [(tags[0], 0x9000), (tags[1], len(content))]
    assert read(dynamic=entries, **form).imports is want
    # What stands before it is told by a count; a size that lies is no error.
    counts = [(RELACOUNT if words == 3 else RELCOUNT, len(symbols))] if tags[0] != JMPREL else []
    assert read(dynamic=[*entries, *counts], **form).imports is (want and not counts)
    assert read(dynamic=[(tags[0], 0x9000), (tags[1], 1 << 30)], **form).imports is want
    assert read(dynamic=[(tags[0], 0xFFFF0000), (tags[1], 48)], **form).imports is False
    assert read(dynamic=entries, machine=MIPS, **form).imports is False


def test_the_words_of_the_linkage_table_are_those_that_it_says():
    content = struct.pack("<6Q", 0x1000, 6, 7 << 32, 0x2000, 6, 0)
    segments = (CODE, Segment(LOAD, content, address=0x9000))
    table = [(JMPREL, 0x9000), (PLTRELSZ, len(content))]
    assert read(dynamic=[*table, (PLTREL, RELA)], segments=segments).imports is False
    assert read(dynamic=[*table, (PLTREL, REL)], segments=segments).imports is False
    other = struct.pack("<6Q", 0x1000, 7 << 32, 0, 0x2000, 6, 0)
    assert read(dynamic=[*table, (PLTREL, RELA)], segments=(CODE, Segment(LOAD, other, address=0x9000))).imports is True
