"""Whose bytes a program has: every byte of the file belongs to one part, which has a name.

Go programs are divided by their table of functions, which stripped programs have as well; others by their symbols, where
they have any; what is left, by sections.
"""

from __future__ import annotations

import json
from typing import Dict, Iterator, List, NamedTuple, Tuple

from scratch_image.binary import pclntab
from scratch_image.binary.blame_debug import DEBUG, SYMBOLS
from scratch_image.binary.blame_go import PADDING, go_shares
from scratch_image.binary.blame_symbols import symbol_shares
from scratch_image.binary.elf import InvalidElf, read_elf
from scratch_image.binary.packages import LINKER
from scratch_image.binary.sections import SHF_ALLOC, Section, read_sections

PACKAGE, CRATE, NAMESPACE, SECTION, OTHER, *_ = KINDS = (
    "package",
    "crate",
    "namespace",
    "section",
    "other",
    "debug",
    "symbols",
)
HEADERS, FILE = "ELF headers and padding", "not an ELF file"
_DEBUG = (".debug_", ".zdebug_", ".gdb_index", ".stab")
_SYMBOLS = (".symtab", ".strtab", ".shstrtab")


class Part(NamedTuple):
    """`kind` is one of KINDS; `name` is a package, crate, namespace or section; `group` is the module of a package, with its
    version, DEBUG or SYMBOLS for a package's part of these, and empty for all else; `size` is in bytes of the file."""

    kind: str
    name: str
    group: str
    size: int

    @property
    def unit(self) -> str:
        """What sizes are summed up by: a module without its version, a crate, a namespace, a section, DEBUG or SYMBOLS."""
        return self.group.partition(" ")[0] if self.kind == PACKAGE and self.group else self.group or self.name


# Section → (kind, name, group) → bytes of the section.
Shares = Dict[str, Dict[Tuple[str, str, str], int]]


def blame(data: memoryview) -> Tuple[Part, ...]:
    """The parts of a file, the largest first; their sizes add up to that of the file. Raises nothing."""
    try:
        elf = read_elf(data)
    except InvalidElf:
        return (Part(OTHER, FILE, "", len(data)),) if len(data) else ()
    sections = read_sections(elf)
    table = pclntab.find(elf, sections)
    shares = go_shares(elf, sections, table) if table else symbol_shares(elf, sections)
    sizes: Dict[Tuple[str, str, str], int] = {}
    left = len(data)
    for section in _apart(sections, len(data)):
        rest = min(section.size, left)
        left -= rest
        for key, size in _shares_of(shares, section.name):
            taken = min(size, rest)
            sizes[key] = sizes.get(key, 0) + taken
            rest -= taken
        key = _of_section(section)
        sizes[key] = sizes.get(key, 0) + rest
    if left:
        sizes[(OTHER, HEADERS, "")] = left
    parts = [Part(*key, size) for key, size in sizes.items() if size]
    return tuple(sorted(parts, key=lambda part: (-part.size, part)))


def is_attributed(part: Part) -> bool:
    """Whether it is said whose a part is: not what the linker makes, what has no package, and what is only a section."""
    return part.kind not in (SECTION, OTHER) and part.name not in (LINKER, "C")


def _shares_of(shares: Shares, section: str) -> Iterator[Tuple[Tuple[str, str, str], int]]:
    yield from shares.get(section, {}).items()
    if section == ".text":
        yield from shares.get(PADDING, {}).items()


def _apart(sections: Tuple[Section, ...], size: int) -> Iterator[Section]:
    """The sections without the bytes that one before them has: a file may state anything."""
    end = 0
    for section in sorted(sections, key=lambda section: (section.offset, section.size)):
        start = max(section.offset, end)
        stop = min(section.offset + section.size, size)
        if start < stop:
            yield section._replace(offset=start, size=stop - start)
            end = stop


def _of_section(section: Section) -> Tuple[str, str, str]:
    if not section.flags & SHF_ALLOC and section.name.startswith(_DEBUG):
        return OTHER, DEBUG, ""
    return (OTHER, SYMBOLS, "") if section.name in _SYMBOLS else (SECTION, section.name or "without a name", "")


def to_json(parts: Tuple[Part, ...]) -> bytes:
    """What the process writes."""
    return json.dumps([list(part) for part in parts]).encode("ascii")


def from_json(content: bytes) -> Tuple[Part, ...]:
    """Reads what to_json() wrote."""
    rows: List[Tuple[str, str, str, int]] = json.loads(content)
    return tuple(Part(*row) for row in rows)
