"""The first text that differs in the data of two programs, and the sections that differ."""

from __future__ import annotations

import itertools
import re
from typing import Dict, NamedTuple, Optional, Sequence, Tuple

from scratch_image.binary.elf import Elf
from scratch_image.binary.sections import SHF_ALLOC, SHF_EXECINSTR, Section
from scratch_image.compare.delta import new_ranges
from scratch_image.compare.reason import Reason, between, changed

_CHUNK = 1 << 20
# Sections that differ in any other program, and say nothing.
_IDS = (".note.gnu.build-id", ".note.go.buildid", ".go.buildinfo", ".go.fipsinfo", ".shstrtab", ".note.package")
# Where texts are; a section may have so many bytes to be looked into.
_TEXTS = (".rodata", ".data", ".noptrdata", ".data.rel.ro")
_MOST_BYTES = 32 << 20
_TEXT = re.compile(rb"[\x20-\x7e]{2,}")
_LENGTH, _AROUND, _SHORT, _FEW, _MOST_RANGES = 120, 30, 6, 3, 20_000


class Bytes(NamedTuple):
    """A program: all of its bytes, as ELF."""

    elf: Elf
    sections: Tuple[Section, ...]


def data_reason(before: Bytes, after: Bytes) -> Reason:
    """Why programs differ without another reason: a text that does, or the sections."""
    one, other = _by_name(before), _by_name(after)
    names = [name for name in {**one, **other} if _differs(before, one.get(name), after, other.get(name))]
    if names and set(names) <= set(_IDS):
        return changed("code", "build ID", None, None, "only its build ID differs")
    for name in _TEXTS:
        if name in names and name in one and name in other:
            texts = _texts(before.elf, one[name], after.elf, other[name])
            if texts:
                return between("code", name, texts, f"a text in {name}: {_shown(texts[0])} → {_shown(texts[1])}")
    known = [name for name in names if name not in _IDS]
    loaded = [name for name in known for section in (one.get(name) or other[name],) if section.flags & SHF_EXECINSTR]
    where = ", ".join(known) or "no section"
    return changed("code", where, None, None, f"its {'code or data' if loaded else 'data'} differs, in {where}")


def _shown(text: str) -> str:
    return repr(text) if text else "none"


def _by_name(program: Bytes) -> Dict[str, Section]:
    return {section.name: section for section in program.sections if section.flags & SHF_ALLOC or section.name in _IDS}


def _differs(before: Bytes, one: Optional[Section], after: Bytes, other: Optional[Section]) -> bool:
    if one is None or other is None or one.size != other.size:
        return True
    left, right = before.elf.data[one.offset :][: one.size], after.elf.data[other.offset :][: other.size]
    return any(bytes(left[at : at + _CHUNK]) != bytes(right[at : at + _CHUNK]) for at in range(0, one.size, _CHUNK))


def _texts(elf: Elf, section: Section, other_elf: Elf, other: Section) -> Optional[Tuple[str, str]]:
    """The longest text of each that the other one does not have, empty if there is none; None if neither has one."""
    if section.size > _MOST_BYTES or other.size > _MOST_BYTES:
        return None
    before = bytes(elf.data[section.offset : section.offset + section.size])
    after = bytes(other_elf.data[other.offset : other.offset + other.size])
    ranges = [list(itertools.islice(new_ranges(*pair), _MOST_RANGES)) for pair in ((after, before), (before, after))]
    # With a few differences, each counts, with what is printable around it. With many, most are addresses, and what is short
    # may be part of one.
    around, least = (_AROUND, 2) if max(map(len, ranges)) <= _FEW else (0, _SHORT)
    texts = _longest(before, after, ranges[0], around, least), _longest(after, before, ranges[1], around, least)
    return texts if any(texts) and texts[0] != texts[1] else None


def _longest(content: bytes, other: bytes, ranges: Sequence[Tuple[int, int]], around: int, least: int) -> str:
    """The longest text of at least `least` characters that is in a range, with so many bytes `around` it, and without any
    not in `other`; empty if there is none."""
    found = b""
    for start, end in ranges:
        first, last = max(0, start - around), min(len(content), end + around, start + _LENGTH)
        for match in _TEXT.finditer(content, first, last):
            is_longer = len(match[0]) > max(len(found), least - 1)
            if is_longer and match.start() < end and match.end() > start and (around or match[0] not in other):
                found = match[0]
    return found[:_LENGTH].decode("ascii")
