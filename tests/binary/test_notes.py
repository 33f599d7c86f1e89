"""Pins down what notes and EI_OSABI say: another system, x86-64's levels, the build's id, Go."""

from __future__ import annotations

import struct

import pytest

from scratch_image.binary.elf import read_elf
from scratch_image.binary.notes import Notes, read_notes
from tests.support.programs import AARCH64, ARM, CODE, NOTE, Segment, elf_file, note

NOTHING = Notes(None, None, None, False)
LEVEL = 0xC0008002


def read(*notes, machine=62, **shape):
    segments = (CODE, *(Segment(NOTE, content) for content in notes))
    return read_notes(read_elf(memoryview(elf_file(machine, segments=segments, **shape))))


def properties(*pairs, order="<", align=8):
    """A note of GNU properties: (type, content), each padded."""
    rows = (struct.pack(order + "II", kind, len(data)) + data + bytes(-len(data) % align) for kind, data in pairs)
    return note(b"GNU", 5, b"".join(rows), order)


def level(bits):
    return (LEVEL, struct.pack("<I", bits))


def test_no_notes():
    assert read() == NOTHING


SYSTEMS = [
    # EI_OSABI, machine, system, reason
    (0, 62, None, "System V, which Linux programs have"),
    (3, 62, None, "GNU/Linux"),
    (97, ARM, None, "ARM's old ABI"),
    (97, 62, "the operating system of ELF ABI 97", "ARM's ABI on another CPU"),
    (1, 62, "HP-UX", "known"),
    (2, 62, "NetBSD", "known"),
    (6, 62, "Solaris", "known"),
    (7, 62, "AIX", "known"),
    (8, 8, "IRIX", "known"),
    (9, 62, "FreeBSD", "GOOS=freebsd"),
    (12, 62, "OpenBSD", "GOOS=openbsd"),
    (17, 62, "CloudABI", "known"),
    (255, 62, "the operating system of ELF ABI 255", "standalone"),
]


@pytest.mark.parametrize("abi, machine, system, reason", SYSTEMS)
def test_systems_by_abi(abi, machine, system, reason):
    assert read(machine=machine, os_abi=abi).foreign_os == system


VENDORS = [
    (b"FreeBSD", "FreeBSD"),
    (b"NetBSD", "NetBSD"),
    (b"OpenBSD", "OpenBSD"),
    (b"DragonFly", "DragonFly BSD"),
    (b"GNU", None),
    (b"Android", None),
    (b"freebsd", None),
]


@pytest.mark.parametrize("owner, system", VENDORS)
def test_systems_by_vendor(owner, system):
    assert read(note(owner, 1, b"\0\0\0\0")).foreign_os == system


def test_the_abi_comes_before_the_vendor():
    assert read(note(b"NetBSD", 1, b""), os_abi=9).foreign_os == "FreeBSD"


def test_the_id_of_a_build():
    assert read(note(b"GNU", 3, b"\xde\xad\xbe\xef\x01")).build_id == "deadbeef01"
    assert read(note(b"Go", 3, b"\xde\xad")).build_id is None, "another owner's note of that number"
    assert read(note(b"GNU", 1, b"\xde\xad")).build_id is None, "GNU's note of another number"


def test_gos_note():
    assert read(note(b"Go", 4, b"redacted/id")).go is True
    assert read(note(b"Golang", 4, b"x")).go is False


def test_several_notes_in_one_segment_and_in_several():
    notes = note(b"Go", 4, b"odd length") + note(b"GNU", 3, b"\1\2\3") + properties(level(8))
    assert read(notes, note(b"FreeBSD", 1, b"")) == Notes("FreeBSD", 4, "010203", True)


@pytest.mark.parametrize("word_size, big_endian", [(64, True), (32, False), (32, True)])
def test_notes_of_other_forms(word_size, big_endian):
    order = ">" if big_endian else "<"
    notes = note(b"GNU", 3, b"\1", order) + note(b"Go", 4, b"id", order)
    assert read(notes, machine=8, word_size=word_size, big_endian=big_endian) == Notes(None, None, "01", True)


LEVELS = [
    # properties, level, reason
    ([level(1)], 1, "the baseline"),
    ([level(2)], 2, "v2"),
    ([level(3)], 2, "the highest bit counts"),
    ([level(7)], 3, "v3"),
    ([level(8)], 4, "v4"),
    ([level(0x10)], 4, "a level that there is not yet: at least v4"),
    ([level(0)], None, "no bit says nothing"),
    ([(0xC0010002, struct.pack("<I", 0xF))], None, "what is used is not what is needed"),
    ([(0xC0000002, b"\1\0\0\0"), level(4)], 3, "behind another property and its padding"),
    ([(1, b"\0" * 8), level(2)], 2, "behind one without padding"),
    ([(LEVEL, b"\2\0")], None, "a level of two bytes"),
    ([(LEVEL, b"\2\0\0\0\0\0\0\0")], None, "a level of eight bytes"),
    ([], None, "no properties"),
]


@pytest.mark.parametrize("rows, want, reason", LEVELS)
def test_levels_of_x86_64(rows, want, reason):
    assert read(properties(*rows)).x86_level == want


def test_levels_count_on_x86_64_only():
    assert read(properties(level(4)), machine=AARCH64).x86_level is None


def test_properties_of_32_bit_words_are_padded_to_4():
    rows = properties((0xC0000002, b"\1\0\0\0"), level(4), align=4)
    assert read(rows, word_size=32).x86_level == 3
    assert read(rows).x86_level is None


MALFORMED = [
    (b"", "nothing"),
    (b"\1\2\3", "less than a header"),
    (struct.pack("<III", 4, 0xFFFFFFFF, 3) + b"GNU\0", "a size over the end"),
    (struct.pack("<III", 0xFFFFFFFF, 0, 3) + b"GNU\0", "a name over the end"),
    (note(b"GNU", 3, b"\1\2\3\4")[:-1], "a content that is truncated"),
    (struct.pack("<III", 4, 3, 5) + b"GNU\0abc\0", "properties of three bytes"),
    (note(b"GNU", 5, struct.pack("<II", LEVEL, 4)), "a property that is truncated"),
    (note(b"GNU", 5, struct.pack("<II", 1, 0xFFFFFFFF) + bytes(8)), "a property over the end"),
    (b"\xff" * 64, "nonsense"),
]


@pytest.mark.parametrize("content, reason", MALFORMED)
def test_malformed_notes_say_nothing(content, reason):
    assert read(content) == NOTHING


def test_what_comes_before_a_malformed_note_counts():
    assert read(note(b"GNU", 3, b"\1") + struct.pack("<III", 4, 99, 3)).build_id == "01"


def test_many_notes_without_content_come_to_an_end():
    assert read(bytes(12) * 1000) == NOTHING


def test_glibc_s_start_files():
    """Their note says which kernel they need (NT_GNU_ABI_TAG)."""
    assert read(note(b"GNU", 1, bytes(16))).glibc
    assert not read(note(b"GNU", 3, bytes(16))).glibc
