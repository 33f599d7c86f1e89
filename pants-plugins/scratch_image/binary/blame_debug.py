"""Debug information and symbols by packages and crates: what `strip` removes."""

from __future__ import annotations

from typing import Callable, Dict, Iterable, Optional, Tuple

from scratch_image.binary import dwarf
from scratch_image.binary.elf import Elf
from scratch_image.binary.sections import Section, named
from scratch_image.binary.symbols import every_symbol

Key = Tuple[str, str, str]
DEBUG, SYMBOLS = "debug information", "symbols"
# Tables of texts, by the DW_FORM that names one.
_STRINGS = {0x0E: "str", 0x1F: "line_str"}
# Sections of which each unit has a part that begins where the unit says, and reaches to the next one.
_PARTS = {"line": ("line",), "ranges": ("ranges", "rnglists"), "addr": ("addr",)}


def debug_shares(
    elf: Elf,
    sections: Tuple[Section, ...],
    of_unit: Callable[[bytes], Optional[Key]],
    of_address: Callable[[int], Optional[Key]],
) -> Dict[str, Dict[Key, int]]:
    """Section → key → bytes. `of_unit` has the package or crate of a unit's name, `of_address` that of code."""
    info = _content(elf, sections, "info")
    found: Dict[str, Dict[Key, int]] = {}
    if info:
        texts = {form: _content(elf, sections, name) for form, name in _STRINGS.items()}
        strings = {form: there[1] for form, there in texts.items() if there}
        abbreviations = _content(elf, sections, "abbrev")
        units = dwarf.units(info[1], abbreviations[1] if abbreviations else b"", strings, elf.order)
        owners = [of_unit(unit.name) for unit in units]
        _divide(found, info, ((owner, unit.size) for owner, unit in zip(owners, units)))
        for place, names in _PARTS.items():
            there = next(filter(None, (_content(elf, sections, name) for name in names)), None)
            if there:
                starts = sorted((unit.places[place], number) for number, unit in enumerate(units) if place in unit.places)
                ends = [start for start, _ in starts[1:]] + [len(there[1])]
                _divide(found, there, ((owners[number], max(0, end - start)) for (start, number), end in zip(starts, ends)))
    frame = _content(elf, sections, "frame")
    if frame:
        rows = dwarf.frames(frame[1], elf.header.word_size // 8, elf.order)
        _divide(found, frame, ((of_address(address) if address else None, size) for address, size in rows))
    return found


def _content(elf: Elf, sections: Tuple[Section, ...], name: str) -> Optional[Tuple[Section, bytes]]:
    section = named(sections, f".debug_{name}", f".zdebug_{name}")
    return (section, dwarf.content(elf, section)) if section else None


def _divide(
    found: Dict[str, Dict[Key, int]], there: Tuple[Section, bytes], sizes: Iterable[Tuple[Optional[Key], int]]
) -> None:
    """Adds the shares of a section in the file: those of its content, in proportion where that is compressed."""
    section, content = there
    sums: Dict[str, int] = {}
    for owner, size in sizes:
        if owner:
            sums[owner[1]] = sums.get(owner[1], 0) + size
    if content:
        found[section.name] = {("debug", owner, DEBUG): size * section.size // len(content) for owner, size in sums.items()}


def symbol_table_shares(
    elf: Elf, sections: Tuple[Section, ...], of_name: Callable[[bytes], Optional[Key]]
) -> Dict[str, Dict[Key, int]]:
    """The same for `.symtab` and `.strtab`: the row and the name of each symbol."""
    rows: Dict[Key, int] = {}
    names: Dict[Key, int] = {}
    row = 24 if elf.header.word_size == 64 else 16
    known: Dict[int, None] = {}
    for name, place in every_symbol(elf, sections):
        owner = of_name(name)
        if owner:
            key = ("symbols", owner[1], SYMBOLS)
            rows[key] = rows.get(key, 0) + row
            if place not in known:
                known[place] = None
                names[key] = names.get(key, 0) + len(name) + 1
    return {".symtab": rows, ".strtab": names} if rows else {}
