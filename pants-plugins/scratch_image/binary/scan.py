"""The bytes of a mapped file in windows, so that no more than one is in memory."""

from __future__ import annotations

from typing import Iterable, Iterator, List, Tuple, Union

from scratch_image.binary.elf import PT_LOAD, Elf
from scratch_image.binary.sections import SHF_ALLOC, SHF_EXECINSTR, Section

Range = Tuple[int, int]
_WINDOW = 4 << 20
# The longest text that is searched for, in bytes.
_OVERLAP = 256


def loaded_data(elf: Elf, sections: Tuple[Section, ...]) -> Tuple[Range, ...]:
    """What is loaded from the file and is not machine code, as (start, end) offsets. Without section headers, all that is
    loaded: linkers may put code and data into one segment."""
    data = [section for section in sections if section.flags & SHF_ALLOC and not section.flags & SHF_EXECINSTR]
    if data:
        return _joined((section.offset, section.offset + section.size) for section in data)
    return _joined((segment.offset, segment.offset + segment.file_size) for segment in elf.of_type(PT_LOAD))


def windows(data: memoryview, ranges: Iterable[Range]) -> Iterator[Tuple[int, bytes]]:
    """(offset, bytes) of windows that overlap, so that a text no longer than the overlap is complete in one."""
    for start, end in ranges:
        end = min(end, len(data))
        while start < end:
            yield start, bytes(data[start : min(end, start + _WINDOW + _OVERLAP)])
            start += _WINDOW


def reversed_windows(data: memoryview, ranges: Iterable[Range]) -> Iterator[Tuple[int, bytes]]:
    """The same windows, the last one first."""
    for start, end in reversed(tuple(ranges)):
        for at in reversed(range(start, min(end, len(data)), _WINDOW)):
            yield at, bytes(data[at : min(end, len(data), at + _WINDOW + _OVERLAP)])


def uleb128(data: Union[bytes, memoryview], at: int) -> Tuple[int, int]:
    """The number at an offset, seven bits per byte, and the offset behind it: the end of the data if it is truncated."""
    value = shift = 0
    for byte in data[at : at + 10]:
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
    return value, len(data)


def _joined(ranges: Iterable[Range]) -> Tuple[Range, ...]:
    """The ranges in order, each byte once."""
    joined: List[Range] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
