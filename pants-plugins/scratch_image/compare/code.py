"""What differs in the bytes of two programs where nothing that they state explains it."""

from __future__ import annotations

from collections import Counter
from typing import Dict, Iterator, List, Mapping, Optional

from scratch_image.binary import pclntab
from scratch_image.binary.blame import blame
from scratch_image.binary.elf import InvalidElf, read_elf
from scratch_image.binary.packages import package_of
from scratch_image.binary.sections import read_sections
from scratch_image.compare.build_path import build_path_reason
from scratch_image.compare.data import Bytes, data_reason
from scratch_image.compare.reason import Reason, changed
from scratch_image.oci.numbers import counted, digits

_MOST = 5
# Reasons that change code and data all over a program; with one of them, no function and no text is named.
_EXPLAIN = {"platform", "go", "module", "vcs", "cgo", "setting", "linkage", "compiler", "crate"}


def read_bytes(data: memoryview) -> Optional[Bytes]:
    """A program's bytes, or None for another file."""
    try:
        elf = read_elf(data)
    except InvalidElf:
        return None
    return Bytes(elf, read_sections(elf))


def grown_parts(before: Bytes, after: Bytes) -> Dict[str, int]:
    """Module, crate, namespace or section → the bytes by which it grew."""
    one, other = _parts(before), _parts(after)
    return {name: other.get(name, 0) - one.get(name, 0) for name in {*one, *other}}


def code_reasons(subject: str, before: Bytes, after: Bytes, stated: List[Reason], grown: Mapping[str, int]) -> List[Reason]:
    """Why the bytes differ, beside what is `stated` by the programs themselves; `grown` is as `grown_parts` has it."""
    kinds = {reason.kind for reason in stated}
    found: List[Reason] = []
    if "trimpath" not in kinds:
        moved = build_path_reason(before, after, with_root="go" not in kinds)
        found += [moved] if moved else []
    if not kinds & _EXPLAIN:
        found += _functions(before, after)
    if not found and not kinds:
        found.append(data_reason(before, after))
    found += _size(before, after, grown)
    return [reason._replace(text=f"program {subject}: {reason.text}") for reason in found]


def _functions(before: Bytes, after: Bytes) -> Iterator[Reason]:
    """Packages of a Go program with functions that are new, gone or of another size."""
    one, other = _sizes(before), _sizes(after)
    differing = Counter(package_of(name) for name in {*one, *other} if one.get(name) != other.get(name))
    ordered = sorted(differing.items(), key=lambda item: (item[0] != "main", -item[1], item[0]))
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


def _size(before: Bytes, after: Bytes, grown: Mapping[str, int]) -> Iterator[Reason]:
    """The growth of the file, with the parts that grew or shrank most."""
    sizes = len(before.elf.data), len(after.elf.data)
    if sizes[0] == sizes[1]:
        return
    most = sorted((name for name in grown if grown[name]), key=lambda name: (-abs(grown[name]), name))[:_MOST]
    parts = ", ".join(f"{name} {_signed(grown[name])}" for name in most)
    text = f"size {_grown(*sizes)}{f': {parts}' if parts else ''}"
    yield changed("section", "size", str(sizes[0]), str(sizes[1]), text)


def _parts(program: Bytes) -> Dict[str, int]:
    """Module, crate, namespace or section → bytes."""
    found: Dict[str, int] = {}
    for part in blame(program.elf.data):
        found[part.unit] = found.get(part.unit, 0) + part.size
    return found


def _grown(before: int, after: int) -> str:
    return f"{digits(before)} → {counted(after, 'byte')} ({_signed(after - before)})"


def _signed(number: int) -> str:
    return f"{'+' if number >= 0 else '-'}{digits(abs(number))}"
