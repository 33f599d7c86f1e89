"""Searches bytes of a mapped file without holding more than a window of it in memory."""

from __future__ import annotations

from typing import Iterable, Iterator, List, Tuple

from scratch_image.binary.elf import PT_LOAD, Elf
from scratch_image.binary.sections import SHF_ALLOC, SHF_EXECINSTR, Section

Range = Tuple[int, int]
_WINDOW = 4 << 20
# The longest thing that is looked for, in bytes: windows overlap by it.
_OVERLAP = 256


def loaded_data(elf: Elf, sections: Tuple[Section, ...]) -> Tuple[Range, ...]:
    """What is loaded from the file and is not machine code, as (start, end) offsets. Without section headers code and data
    can not be told apart, as linkers may put both into one segment: then all that is loaded."""
    data = [section for section in sections if section.flags & SHF_ALLOC and not section.flags & SHF_EXECINSTR]
    if data:
        return _joined((section.offset, section.offset + section.size) for section in data)
    return _joined((segment.offset, segment.offset + segment.file_size) for segment in elf.of_type(PT_LOAD))


def windows(data: memoryview, ranges: Iterable[Range]) -> Iterator[Tuple[int, bytes]]:
    """(offset, bytes) of pieces that overlap, so that what is shorter than the overlap is whole in one of them."""
    for start, end in ranges:
        end = min(end, len(data))
        while start < end:
            yield start, bytes(data[start : min(end, start + _WINDOW + _OVERLAP)])
            start += _WINDOW


def _joined(ranges: Iterable[Range]) -> Tuple[Range, ...]:
    """The ranges in order, each byte once."""
    joined: List[Range] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
