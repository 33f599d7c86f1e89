"""Pins down how ELF's file header and program headers are read, what contradicts itself, and that readelf reads the same."""

from __future__ import annotations

import re
import struct
import subprocess
import sys

import pytest

from scratch_image.binary.elf import ElfHeader, InvalidElf, read_elf
from tests.support.programs import ARM, BASE, CODE, INTERP, LOAD, Segment, X, elf, elf_file
from tests.support.tools import require

FORMS = [(64, False), (64, True), (32, False), (32, True)]


def read(content):
    return read_elf(memoryview(content))


def put(content, offset, piece):
    """The content with other bytes at an offset."""
    return content[:offset] + piece + content[offset + len(piece) :]


@pytest.mark.parametrize("word_size, big_endian", FORMS)
def test_headers_of_both_classes_and_orders(word_size, big_endian):
    content = elf_file(ARM, word_size=word_size, big_endian=big_endian, kind=3, os_abi=9, entry=0x1234)
    found = read(content)
    assert found.header == ElfHeader(word_size, "big" if big_endian else "little", 9, 3, ARM, 0, 0x1234)
    assert found.order == (">" if big_endian else "<")
    (segment,) = found.segments
    assert (segment.type, segment.flags, segment.file_size, segment.memory_size) == (LOAD, 5, 16, 16)
    assert segment.address == BASE + segment.offset
    assert found.content(segment, 100) == CODE.content and found.content(segment, 3) == CODE.content[:3]


def test_every_field_of_a_program_header():
    wanted = Segment(LOAD, b"abcd", X, 0x7000, None, 3, 9)
    for word_size, big_endian in FORMS:
        _, segment = read(elf_file(word_size=word_size, big_endian=big_endian, segments=(CODE, wanted))).segments
        assert (segment.type, segment.flags, segment.address) == (LOAD, X, 0x7000)
        assert (segment.file_size, segment.memory_size) == (3, 9)


def test_a_machine_of_two_bytes():
    assert read(elf_file(258)).header.machine == 258


def test_the_programs_of_other_tests():
    for word_size, big_endian in FORMS:
        assert len(read(elf(word_size=word_size, big_endian=big_endian)).segments) == 1


def test_what_is_loaded_to_an_address():
    found = read(
        elf_file(segments=(Segment(LOAD, b"abcdef", address=0x1000, file_size=4), Segment(INTERP, b"x", address=0)))
    )
    for address, size, want, reason in (
        (0x1000, 2, b"ab", "the beginning"),
        (0x1002, 99, b"cd", "not over the end of what is loaded, though the file goes on"),
        (0x1004, 1, b"", "behind the end"),
        (0xFFF, 1, b"", "before the beginning"),
        (0, 1, b"", "a segment that is not loaded"),
    ):
        assert found.at_address(address, size) == want, reason


def test_program_headers_may_be_none():
    assert read(elf_file(segments=())).segments == ()
    assert read(put(elf_file(segments=()), 54, b"\0\0")).segments == (), "without headers their size means nothing"


@pytest.mark.parametrize("word_size, big_endian", FORMS)
def test_more_program_headers_than_the_field_can_count(word_size, big_endian):
    """PN_XNUM: the number is sh_info of section 0."""
    content = elf_file(word_size=word_size, big_endian=big_endian)
    order, wide = ">" if big_endian else "<", word_size == 64
    sections = len(content)
    content = put(content, 56 if wide else 44, b"\xff\xff")
    content = put(content, 40 if wide else 32, struct.pack(order + ("Q" if wide else "I"), sections))
    section = bytes(44 if wide else 28) + struct.pack(order + "I", 1)
    assert len(read(content + section).segments) == 1
    with pytest.raises(InvalidElf) as error:
        read(content + section[:-1])
    assert "a section that the file does not have" in str(error.value)


WIDE = elf_file()
NARROW = elf_file(word_size=32)
BAD = [
    # content, what the sentence must hold, reason
    (b"\x7fELF", "truncated after 4 bytes", "nothing but the magic number"),
    (WIDE[:16], "truncated after 16 bytes", "e_ident alone"),
    (WIDE[:19], "truncated after 19 bytes", "half of e_machine"),
    (WIDE[:63], "truncated after 63 bytes", "a 64-bit header without its last byte"),
    (NARROW[:51], "truncated after 51 bytes", "a 32-bit header without its last byte"),
    (put(WIDE, 4, b"\0"), "EI_CLASS is 0", "ELFCLASSNONE"),
    (put(WIDE, 4, b"\3"), "EI_CLASS is 3", "no such class"),
    (put(WIDE, 5, b"\0"), "EI_DATA is 0", "ELFDATANONE"),
    (put(WIDE, 5, b"\3"), "EI_DATA is 3", "no such encoding"),
    (put(WIDE, 6, b"\2"), "version is 2", "EI_VERSION"),
    (put(WIDE, 20, b"\7"), "version is 7", "e_version"),
    (put(WIDE, 54, b"\x20\0"), "e_phentsize is 32, not 56", "e_phentsize of the other class"),
    (put(NARROW, 42, b"\x38\0"), "e_phentsize is 56, not 32", "e_phentsize of the other class"),
    (put(WIDE, 54, b"\0\0"), "e_phentsize is 0, not 56", "no e_phentsize"),
    (put(WIDE, 32, struct.pack("<Q", 1 << 40)), f"the file at {len(WIDE)}: it is truncated", "headers far behind the end"),
    (put(WIDE, 32, struct.pack("<Q", len(WIDE) - 55)), f"end at {len(WIDE) + 1}", "headers one byte behind the end"),
    (WIDE[:119], "program headers end at 120, the file at 119", "a header that is not whole"),
    (put(WIDE, 56, struct.pack("<H", 1171)), "1171 program headers are more than Linux accepts", "more than 64 KiB of them"),
    (put(NARROW, 44, struct.pack("<H", 2049)), "2049 program headers", "more than 64 KiB of them, in 32 bits"),
]


@pytest.mark.parametrize("content, named, reason", BAD, ids=[row[-1] for row in BAD])
def test_bad_headers(content, named, reason):
    with pytest.raises(InvalidElf) as error:
        read(content)
    assert named in str(error.value)


def test_64_kib_of_program_headers_are_read():
    segments = (CODE,) * 1170
    assert len(read(elf_file(segments=segments)).segments) == 1170


TRUNCATED = [
    # kind, name in the sentence, or None where the segment's end means nothing
    (1, "segment 0 (PT_LOAD)"),
    (2, "segment 0 (PT_DYNAMIC)"),
    (3, "segment 0 (PT_INTERP)"),
    (4, "segment 0 (PT_NOTE)"),
    (7, None),
    (0x6474E551, None),
]


@pytest.mark.parametrize("kind, named", TRUNCATED)
def test_segments_that_are_cut_off(kind, named):
    """What a kernel or we read must be there; a PT_GNU_STACK has no bytes whatever its header says."""
    content = elf_file(segments=(Segment(kind, b"x" * 100),))
    (segment,) = read(content).segments
    end = segment.offset + segment.file_size
    assert end == len(content)
    if named is None:
        assert len(read(content[:-1]).segments) == 1
        return
    with pytest.raises(InvalidElf) as error:
        read(content[:-1])
    assert str(error.value) == f"{named} ends at {end}, the file at {end - 1}: it is truncated"


@pytest.mark.parametrize("word_size, huge", [(64, 2**64 - 1), (32, 2**32 - 1)])
def test_sizes_near_the_end_of_numbers(word_size, huge):
    """An offset and a size whose sum wraps around in C."""
    for segment in (Segment(LOAD, b"x", 0, 0, huge, 2, 2), Segment(LOAD, b"x", 0, 0, 2, huge, 2)):
        with pytest.raises(InvalidElf) as error:
            read(elf_file(word_size=word_size, segments=(segment,)))
        assert str(huge + 2) in str(error.value)


def test_readelf_reads_the_same_in_the_running_interpreter():
    if sys.platform != "linux":
        pytest.skip("the interpreter is not an ELF program")
    command = [require("readelf"), "--file-header", "--segments", "--wide", sys.executable]
    shown = subprocess.run(command, env={"LC_ALL": "C"}, stdout=subprocess.PIPE, check=True).stdout.decode()
    with open(sys.executable, "rb") as file:
        found = read(file.read())
    assert re.search(r"Class: +ELF(\d+)", shown)[1] == str(found.header.word_size)
    assert f"{found.header.endianness} endian" in re.search(r"Data: +(.+)", shown)[1]
    assert int(re.search(r"Entry point address: +(0x[0-9a-f]+)", shown)[1], 16) == found.header.entry
    loaded = re.findall(r"^ +LOAD +(\S+) (\S+) \S+ (\S+) (\S+)", shown, re.MULTILINE)
    assert [tuple(int(number, 16) for number in row) for row in loaded] == [
        (part.offset, part.address, part.file_size, part.memory_size) for part in found.of_type(LOAD)
    ]
