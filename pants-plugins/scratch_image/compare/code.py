"""What differs in the bytes of two programs where nothing that they state explains it."""

from __future__ import annotations

from collections import Counter
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from scratch_image.binary import pclntab
from scratch_image.binary.elf import Elf, InvalidElf, read_elf
from scratch_image.binary.packages import package_of
from scratch_image.binary.sections import SHF_ALLOC, SHF_EXECINSTR, Section, read_sections
from scratch_image.compare.build_path import build_path_reason, source_paths
from scratch_image.compare.reason import Reason, changed
from scratch_image.oci.numbers import counted, digits

_CHUNK = 1 << 20
_MOST = 5
# Reasons that change code and data all over a program; with one of them, no function and no text is named.
_EXPLAIN = {"go", "module", "vcs", "cgo", "setting", "linkage", "compiler", "crate"}
# Sections that differ in any other program, and say nothing.
_IDS = (".note.gnu.build-id", ".note.go.buildid", ".go.buildinfo", ".shstrtab", ".note.package")
_TEXT_LENGTH = 40


class Bytes(NamedTuple):
    """A program: all of its bytes, as ELF."""

    elf: Elf
    sections: Tuple[Section, ...]


def read_bytes(data: memoryview) -> Optional[Bytes]:
    """A program's bytes, or None for another file."""
    try:
        elf = read_elf(data)
    except InvalidElf:
        return None
    return Bytes(elf, read_sections(elf))


def code_reasons(subject: str, before: Bytes, after: Bytes, stated: List[Reason]) -> List[Reason]:
    """Why the bytes differ, beside what is `stated` by the programs themselves."""
    kinds = {reason.kind for reason in stated}
    found: List[Reason] = []
    if "trimpath" not in kinds:
        moved = build_path_reason(source_paths(*before), source_paths(*after))
        found += [moved] if moved else []
    explained = bool(kinds & _EXPLAIN)
    if not explained:
        found += _functions(before, after)
    found += _size(before, after)
    if not explained and not found and not kinds:
        found.append(_contents(before, after))
    return [reason._replace(text=f"program {subject}: {reason.text}") for reason in found]


def _functions(before: Bytes, after: Bytes) -> Iterator[Reason]:
    """Packages of a Go program with functions that are new, gone or of another size."""
    one, other = _sizes(before), _sizes(after)
    differing = Counter(package_of(name) for name in {*one, *other} if one.get(name) != other.get(name))
    ordered = sorted(differing.items(), key=lambda item: (-item[1], item[0]))
    for package, count in ordered[:_MOST]:
        sizes = [sum(size for name, size in side.items() if package_of(name) == package) for side in (one, other)]
        text = f"code of package {package}: {counted(count, 'function')} differ{'s' if count == 1 else ''}, {_grown(*sizes)}"
        yield changed("code", package, str(sizes[0]), str(sizes[1]), text)
    if len(ordered) > _MOST:
        yield changed("code", "more packages", None, None, f"… and code of {len(ordered) - _MOST} more packages")


def _sizes(program: Bytes) -> Dict[bytes, int]:
    table = pclntab.find(*program)
    found: Dict[bytes, int] = {}
    for function in pclntab.functions(program.elf, table) if table else ():
        found[function.name] = found.get(function.name, 0) + function.size
    return found


def _size(before: Bytes, after: Bytes) -> Iterator[Reason]:
    """The growth of the file, with the sections that grew most."""
    sizes = len(before.elf.data), len(after.elf.data)
    if sizes[0] == sizes[1]:
        return
    one, other = ({section.name: section.size for section in side.sections} for side in (before, after))
    grown = {name: other.get(name, 0) - one.get(name, 0) for name in {*one, *other}}
    most = sorted((name for name in grown if grown[name]), key=lambda name: (-abs(grown[name]), name))[:_MOST]
    parts = ", ".join(f"{name} {grown[name]:+,}".replace(",", " ") for name in most)
    text = f"size {_grown(*sizes)}{f': {parts}' if parts else ''}"
    yield changed("section", "size", str(sizes[0]), str(sizes[1]), text)


def _contents(before: Bytes, after: Bytes) -> Reason:
    """Programs of one size, without a reason: the sections that differ, and the first text that does."""
    one, other = ({section.name: section for section in side.sections} for side in (before, after))
    names = [
        name
        for name in one
        if name in other and _first_difference(before.elf, one[name], after.elf, other[name]) is not None
    ]
    if names and set(names) <= set(_IDS):
        return changed("code", "build ID", None, None, "only its build ID differs")
    data = [name for name in names if name not in _IDS and one[name].flags & SHF_ALLOC and not one[name].flags & SHF_EXECINSTR]
    for name in data:
        at = _first_difference(before.elf, one[name], after.elf, other[name])
        texts = [_text_around(side.elf, section, at or 0) for side, section in ((before, one[name]), (after, other[name]))]
        if all(texts) and texts[0] != texts[1]:
            return changed("code", name, texts[0], texts[1], f"a text in {name}: {texts[0]!r} → {texts[1]!r}")
    where = ", ".join(name for name in names if name not in _IDS) or "no section"
    what = "data" if data and len(data) == len([name for name in names if name not in _IDS]) else "code or data"
    return changed("code", where, None, None, f"its {what} differs, in {where}")


def _first_difference(elf: Elf, section: Section, other_elf: Elf, other: Section) -> Optional[int]:
    """The offset in the section of the first byte that differs; None if there is none."""
    one, two = elf.data[section.offset :][: section.size], other_elf.data[other.offset :][: other.size]
    for at in range(0, max(len(one), len(two)), _CHUNK):
        left, right = bytes(one[at : at + _CHUNK]), bytes(two[at : at + _CHUNK])
        if left != right:
            return at + next((n for n, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
    return None


def _text_around(elf: Elf, section: Section, at: int) -> str:
    """The text, at least four characters, that an offset is in; empty if there is none."""
    start = max(0, at - _TEXT_LENGTH)
    data = bytes(elf.data[section.offset + start : section.offset + min(section.size, at + _TEXT_LENGTH)])
    first = last = at - start
    while first > 0 and 0x20 <= data[first - 1] < 0x7F:
        first -= 1
    while last < len(data) and 0x20 <= data[last] < 0x7F:
        last += 1
    return data[first:last].decode("ascii") if last - first >= 4 else ""


def _grown(before: int, after: int) -> str:
    sign = "+" if after >= before else "-"
    return f"{digits(before)} → {counted(after, 'byte')} ({sign}{digits(abs(after - before))})"
