"""Rust crates and C++ namespaces of a program, by its symbols (RFC 2603 and rustc's older names; Itanium C++ ABI, 5.1)."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Dict, List, Optional, Tuple

from scratch_image.binary.blame_debug import debug_shares, symbol_table_shares
from scratch_image.binary.elf import PT_LOAD, Elf
from scratch_image.binary.sections import Section
from scratch_image.binary.symbols import symbols

Key = Tuple[str, str, str]
_RUST_OLD = re.compile(rb"_ZN.*17h[0-9a-f]{16}E(?:\.|\Z)")
# RFC 2603: what may be in front of the root of a crate, `C`. An impl and a crate have a disambiguator.
_RUST_NEW = re.compile(
    rb"_R(?:N[a-zA-Z]|[MX](?:s[0-9a-zA-Z]{0,20}_)?|[RQ](?:L[0-9a-zA-Z]{0,20}_)?|B[0-9a-zA-Z]{1,20}_|G[0-9a-zA-Z]{0,20}_|"
    rb"[YIASPOTDFUEa-z])*?C(?:s[0-9a-zA-Z]{0,20}_)?u?([0-9]{1,4})_?"
)
# A type of an `impl` in an older name: `_$LT$alloc..string..String$u20$as$u20$…`.
_IMPL = re.compile(rb"_?(?:\$[A-Za-z0-9]+\$|&|\*|mut |dyn |\(|\[)*([A-Za-z_][A-Za-z0-9_]*)\.\.")
_NESTED = re.compile(rb"_Z(?:TV|TI|TS|TT|GV|TH|TW)?N[KVrRO]*(.*)", re.DOTALL)
_LENGTH = re.compile(rb"([0-9]{1,4})")
_STD = re.compile(rb"_Z(?:TV|TI|TS|TT|GV|TH|TW)?N?[KVrRO]*S[tabsiod]")
GLOBAL, C = ("namespace", "without a namespace", ""), ("namespace", "C", "")


def symbol_shares(elf: Elf, sections: Tuple[Section, ...]) -> Dict[str, Dict[Key, int]]:
    """Section → key of a crate or namespace → bytes. Of symbols that overlap, the first one has the bytes."""
    ranges: List[Tuple[int, int, Key]] = []
    # They do not overlap in a program that runs.
    segments = sorted(elf.of_type(PT_LOAD), key=lambda segment: segment.address)
    addresses = [segment.address for segment in segments]
    known: Dict[bytes, Key] = {}
    for symbol in symbols(elf, sections):
        segment = segments[max(0, bisect_right(addresses, symbol.address) - 1)] if segments else None
        at = symbol.address - segment.address if segment else -1
        if segment and 0 <= at < segment.file_size:
            key = known.get(symbol.name)
            if key is None:
                key = known[symbol.name] = owner(symbol.name)
            start = segment.offset + at
            ranges.append((start, min(start + symbol.size, segment.offset + segment.file_size), key))
    # Of several names of one function, the one that says most.
    ranges.sort(key=lambda each: (each[0], -each[1], each[2] in (C, GLOBAL), each[2]))
    ordered = sorted(sections, key=lambda section: section.offset)
    starts = [section.offset for section in ordered]
    found: Dict[str, Dict[Key, int]] = {}
    end = 0
    for start, stop, key in ranges:
        start, end = max(start, end), max(stop, end)
        at = bisect_right(starts, start) - 1
        if at >= 0 and start < stop:
            section = ordered[at]
            size = min(stop, section.offset + section.size) - start
            if size > 0:
                of_section = found.setdefault(section.name, {})
                of_section[key] = of_section.get(key, 0) + size
    found.update(debug_shares(elf, sections, _of_unit, lambda _: None))
    found.update(symbol_table_shares(elf, sections, owner))
    return found


def _of_unit(name: bytes) -> Optional[Key]:
    """The crate of a unit of debug information, which rustc names `src/main.rs/@/crate.0123456789abcdef-cgu.0`."""
    _, mark, unit = name.partition(b"/@/")
    crate = unit.partition(b".")[0]
    return ("crate", _text(crate), "") if mark and crate else None


def owner(name: bytes) -> Key:
    """The key of the crate or namespace that a symbol belongs to."""
    if _RUST_OLD.match(name):
        return "crate", _text(_old_crate(name)), ""
    match = _RUST_NEW.match(name)
    if match:
        crate = name[match.end() :][: int(match[1])]
        return "crate", _text(crate), ""
    if not name.startswith(b"_Z"):
        return C
    if _STD.match(name):
        return "namespace", "std", ""
    nested = _NESTED.match(name)
    length = _LENGTH.match(nested[1]) if nested else None
    if not nested or not length:
        return GLOBAL
    return "namespace", _text(nested[1][length.end() :][: int(length[1])]), ""


def _old_crate(name: bytes) -> bytes:
    length = _LENGTH.match(name, 3)
    if not length:
        return b"unknown"
    first = name[length.end() :][: int(length[1])]
    match = _IMPL.match(first)
    if match:
        return match[1]
    return first if re.fullmatch(rb"[A-Za-z0-9_]+", first) else b"core"


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace") or "unknown"
