"""Pins down what is read of PT_INTERP and PT_DYNAMIC, and which of it is refused."""

from __future__ import annotations

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
        "/lib64/ld-linux-x86-64.so.2", ("libz.so.1", "libc.so.6"), "libx.so", ("/lib", "$ORIGIN/lib"), True
    )


def test_a_program_that_asks_for_nothing():
    assert read() == Dynamic(None, (), None, (), False)


def test_a_dynamic_section_that_names_nothing():
    """As static-pie programs have one: relocations, and no names."""
    assert read(dynamic=[(FLAGS_1, DF_1_PIE)]) == Dynamic(None, (), None, (), True)
    assert read(dynamic=[(FLAGS_1, 1)]) == Dynamic(None, (), None, (), False)


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
