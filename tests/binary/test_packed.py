"""Pins down how a packed program is told: by UPX's mark at both of its places."""

from __future__ import annotations

import pytest

from scratch_image.binary.elf import read_elf
from scratch_image.binary.packed import is_packed
from tests.support.programs import CODE, LOAD, Segment, elf_file

MARK = b"UPX!"
FILES = [
    # content behind the headers, packed, reason
    (MARK + bytes(8000) + MARK, True, "as UPX writes it"),
    (bytes(100) + MARK + bytes(8000) + MARK + bytes(900), True, "somewhere in both places"),
    (MARK + bytes(8000), False, "at the start alone"),
    (bytes(8000) + MARK, False, "at the end alone"),
    (bytes(4096) + MARK + bytes(4096) + MARK, False, "too far from the start"),
    (MARK + bytes(8000) + MARK + bytes(1100), False, "too far from the end"),
    (bytes(5000) + MARK + bytes(5000), False, "a text in the middle, as in a program that knows UPX"),
    (b"upx!" + bytes(8000) + b"upx!", False, "in small letters"),
]


@pytest.mark.parametrize("content, want, reason", FILES, ids=[row[-1] for row in FILES])
def test_the_mark(content, want, reason):
    assert is_packed(read_elf(memoryview(elf_file(segments=(CODE, Segment(LOAD, content)))))) is want
