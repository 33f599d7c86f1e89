"""Pins down which ARM a program says that it needs (`.ARM.attributes`), and that a damaged section says nothing."""

from __future__ import annotations

import struct

import pytest

from scratch_image.binary.arm import read_arm_version
from scratch_image.binary.elf import read_elf
from scratch_image.binary.sections import read_sections
from tests.support.programs import ARM, Section, elf_file, varint


def attributes(pairs, order="<", vendor=b"aeabi"):
    body = pairs
    file = b"\1" + struct.pack(order + "I", len(body) + 5) + body
    return b"A" + struct.pack(order + "I", len(file) + 4 + len(vendor) + 1) + vendor + b"\0" + file


def version_of(content, big_endian=False):
    sections = [Section(".ARM.attributes", content, type=0x70000003)]
    elf = read_elf(memoryview(elf_file(ARM, word_size=32, big_endian=big_endian, sections=sections)))
    return read_arm_version(elf, read_sections(elf))


VERSIONS = [
    # Tag_CPU_arch, the version, its name in the ABI
    (0, None, "before v4"),
    (1, None, "v4"),
    (2, None, "v4T"),
    (3, 5, "v5T"),
    (4, 5, "v5TE"),
    (5, 5, "v5TEJ"),
    (6, 6, "v6"),
    (7, 6, "v6KZ"),
    (8, 6, "v6T2"),
    (9, 6, "v6K"),
    (10, 7, "v7"),
    (11, 6, "v6-M"),
    (12, 6, "v6S-M"),
    (13, 7, "v7E-M"),
    (14, 8, "v8-A"),
    (15, 8, "v8-R"),
    (99, None, "one that there is not yet"),
]


@pytest.mark.parametrize("tag, version, name", VERSIONS)
def test_versions(tag, version, name):
    assert version_of(attributes(bytes((6, tag)))) == version


def test_big_endian():
    assert version_of(attributes(b"\6\x0a", ">"), big_endian=True) == 7


BEFORE = [
    (b"\x05cortex-a8\0", "Tag_CPU_name, a text"),
    (b"\x04raw\0", "Tag_CPU_raw_name, a text"),
    (b"\x43" + b"2.09\0", "Tag_conformance, a text"),
    (b"\x20\x01gnu\0", "Tag_compatibility, a number and a text"),
    (b"\x07\x41\x08\x01", "numbers"),
    (b"\x22\x01", "an even tag above 32: a number"),
    (varint(129) + b"text\6\0", "an odd tag above 32: a text"),
    (varint(128) + varint(1 << 40), "numbers of several bytes"),
]


@pytest.mark.parametrize("pairs, reason", BEFORE)
def test_behind_other_attributes(pairs, reason):
    assert version_of(attributes(pairs + b"\6\x0a")) == 7


GOOD = attributes(b"\6\x0a")
NOTHING = [
    (b"", "nothing"),
    (b"A", "the version of the format alone"),
    (b"B" + GOOD[1:], "another version of the format"),
    (attributes(b"\6\x0a", vendor=b"gnu"), "another vendor"),
    (GOOD[:11] + b"\2" + GOOD[12:], "attributes of a section, not of the file"),
    (GOOD[:-2], "no attributes"),
    (attributes(b""), "no attributes, and said so"),
    (attributes(b"\7\x41"), "no Tag_CPU_arch"),
    (attributes(b"\5cortex\6\x0a"), "a text without its end"),
    (attributes(b"\x87" * 20), "numbers without their end"),
    (attributes(b"\x20\1"), "a text that is missing"),
    (GOOD[:12] + struct.pack("<I", 5) + GOOD[16:], "a size that leaves no room"),
]


@pytest.mark.parametrize("content, reason", NOTHING)
def test_what_says_nothing(content, reason):
    assert version_of(content) is None


def test_sizes_that_are_too_large_are_cut_to_the_section():
    assert version_of(GOOD[:12] + b"\xff\xff\xff\xff" + GOOD[16:]) == 7


def test_a_program_without_the_section():
    elf = read_elf(memoryview(elf_file(ARM, word_size=32)))
    assert read_arm_version(elf, read_sections(elf)) is None
