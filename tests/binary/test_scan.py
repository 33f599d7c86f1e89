"""Pins down which bytes of a file are searched, and that pieces of it hide nothing."""

from __future__ import annotations

import pytest

from scratch_image.binary import scan
from scratch_image.binary.elf import read_elf
from scratch_image.binary.scan import loaded_data, windows
from scratch_image.binary.sections import Section, read_sections
from tests.support import programs
from tests.support.programs import ALLOC, CODE, EXECINSTR, LOAD, Segment, elf_file

RANGES = [
    # length, ranges, reason
    (0, [(0, 0)], "nothing"),
    (100, [(0, 100)], "less than a window"),
    (1000, [(0, 1000)], "several windows"),
    (1000, [(10, 20), (500, 900)], "two ranges"),
    (1000, [(900, 5000)], "a range over the end of the file"),
    (1000, [(2000, 5000)], "a range behind the end of the file"),
    (1000, [(20, 10)], "a range without bytes"),
    (768, [(0, 256), (256, 512)], "as long as a window"),
]


@pytest.mark.parametrize("length, ranges, reason", RANGES)
def test_windows_overlap_and_cover(length, ranges, reason, monkeypatch):
    monkeypatch.setattr(scan, "_WINDOW", 256)
    data = bytes(number * 7 % 251 for number in range(length))
    found = list(windows(memoryview(data), ranges))
    assert all(piece and piece == data[at : at + len(piece)] and len(piece) <= 512 for at, piece in found)
    for start, end in ranges:
        for at in range(start, min(end, length)):
            size = min(256, min(end, length) - at)
            assert any(first <= at and at + size <= first + len(piece) for first, piece in found), reason


def test_ranges_of_sections_are_joined():
    elf = read_elf(memoryview(elf_file()))
    rows = [(".b", ALLOC, 50, 10), (".a", ALLOC, 10, 40), (".in", ALLOC, 12, 3), (".far", ALLOC, 90, 5), (".text", 6, 70, 9)]
    assert loaded_data(elf, tuple(Section(*row) for row in rows)) == ((10, 60), (90, 95))


def test_without_data_sections_all_that_is_loaded_counts():
    segments = [CODE, Segment(LOAD, b"data"), Segment(4, b"note")]
    elf = read_elf(memoryview(elf_file(segments=segments)))
    code, data = elf.segments[:2]
    assert loaded_data(elf, ()) == ((code.offset, data.offset + data.file_size),), "they touch each other"
    elf = read_elf(memoryview(elf_file(segments=segments, sections=[programs.Section(".text", b"x", ALLOC | EXECINSTR)])))
    assert len(loaded_data(elf, read_sections(elf))) == 2
