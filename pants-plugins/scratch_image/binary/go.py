"""What Go's linker leaves in a program: its build information, and the names of its functions.

Build information: src/debug/buildinfo of Go, both encodings. Names: the table at the start of `runtime.pclntab`
(src/debug/gosym), which the runtime needs for stack traces: it survives `-ldflags='-s -w'` and `strip`.
"""

from __future__ import annotations

import re
import struct
from typing import Dict, List, NamedTuple, Optional, Tuple

from scratch_image.binary.elf import PF_W, PT_LOAD, Elf
from scratch_image.binary.scan import Range, uleb128, windows
from scratch_image.binary.sections import Section, named

_MAGIC = b"\xff Go buildinf:"
_ALIGNMENT, _HEADER = 16, 32
_BIG_ENDIAN, _INLINE = 1, 2
# In bytes: what is searched of a writable segment if no section names the place, and the longest text.
_MAX_SEARCH, _MAX_TEXT = 16 << 20, 4 << 20
_SENTINEL = 16
# Of strconv.Quote. Its \x, \u and \U are not printable characters, and stay as they are.
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
# The sections of the table. Every Go program has one, also without build information and notes (esbuild is shipped so).
PCLNTAB = (".gopclntab", ".data.rel.ro.gopclntab")
# pcHeader.magic of Go 1.20, 1.18 and 1.16 (src/internal/abi/symtab.go); before, names have no table of their own.
# Little-endian, its first byte is checked last: a pattern that begins with a text is found several times as fast.
_PCLNTAB_MAGIC = {
    "<": re.compile(rb"\xff\xff\xff\0\0(?<=[\xf1\xf0\xfa]\xff\xff\xff\0\0)[\x01\x02\x04][\x04\x08]"),
    ">": re.compile(rb"\xff\xff\xff[\xf1\xf0\xfa]\0\0[\x01\x02\x04][\x04\x08]"),
}
_BEFORE = {"<": 1, ">": 0}


class GoModule(NamedTuple):
    """`path` and `version` of a module, and its `sum` in go.sum; what is unknown is empty. `main` is whether it is the main
    module. `replaced` is the path of the module whose place it takes, by a `replace` in go.mod."""

    path: str
    version: str
    sum: str
    main: bool = False
    replaced: str = ""


class GoBuild(NamedTuple):
    """`version` is the toolchain's, such as 'go1.26.6'; `path` is the main package's; `modules` are the main one, if known,
    and its dependencies, as replaced; `settings` are the `build` lines of `go version -m`."""

    version: str
    path: str
    modules: Tuple[GoModule, ...]
    settings: Dict[str, str]


def read_build(elf: Elf, sections: Tuple[Section, ...]) -> Optional[GoBuild]:
    """The build information; None if it is missing or truncated."""
    place = _place(elf, sections)
    if place is None:
        return None
    head = bytes(elf.data[place : place + _HEADER])
    if len(head) < _HEADER:
        return None
    if head[15] & _INLINE:
        version, end = _inline(elf, place + _HEADER)
        info, _ = _inline(elf, end)
    else:
        word = head[14]
        order = ">" if head[15] & _BIG_ENDIAN else "<"
        if word not in (4, 8):
            return None
        version, info = (_pointed(elf, head, order, word, 16 + number * word) for number in range(2))
    if not version:
        return None
    if len(info) >= 2 * _SENTINEL and info[-_SENTINEL - 1 : -_SENTINEL] == b"\n":
        info = info[_SENTINEL:-_SENTINEL]
    return _parse(version.decode("utf-8", "backslashreplace"), info.decode("utf-8", "backslashreplace"))


class Names(NamedTuple):
    """The places of names, each between two NULs: those of all `functions`, and of them and all source files together."""

    functions: Range
    every: Range


def read_names(elf: Elf, sections: Tuple[Section, ...]) -> Optional[Names]:
    """The places of the names of functions and source files; None if they are not found."""
    section = named(sections, *PCLNTAB)
    if section:
        return _names_at(elf, section.offset)
    for start, window in windows(elf.data, [(part.offset, part.offset + part.file_size) for part in elf.of_type(PT_LOAD)]):
        for match in _PCLNTAB_MAGIC[elf.order].finditer(window):
            names = _names_at(elf, start + match.start() - _BEFORE[elf.order])
            if names:
                return names
    return None


def _names_at(elf: Elf, place: int) -> Optional[Names]:
    """The places of the names that the pcHeader at an offset leads to."""
    head = bytes(elf.data[place : place + 72])
    if len(head) < 72 or not _PCLNTAB_MAGIC[elf.order].match(head, _BEFORE[elf.order]):
        return None
    word = head[7]
    fields = struct.unpack_from(elf.order + ("8Q" if word == 8 else "8I"), head, 8)
    # nfunc, nfiles, textStart (since Go 1.18), and the offsets of functions' names, compilation units, files' names, and
    # what comes next.
    old = 0xFA in (head[0], head[3])
    start, units, _, end = fields[2:6] if old else fields[3:7]
    if not 0 < start < end or place + end > len(elf.data):
        return None
    return Names((place + start, place + min(max(units, start), end)), (place + start, place + end))


def _place(elf: Elf, sections: Tuple[Section, ...]) -> Optional[int]:
    section = named(sections, ".go.buildinfo")
    if section and bytes(elf.data[section.offset : section.offset + len(_MAGIC)]) == _MAGIC:
        return section.offset
    ranges = [
        (segment.offset, segment.offset + min(segment.file_size, _MAX_SEARCH))
        for segment in elf.of_type(PT_LOAD)
        if segment.flags & PF_W
    ]
    for start, window in windows(elf.data, ranges):
        at = window.find(_MAGIC)
        while at >= 0:
            if (start + at) % _ALIGNMENT == 0:
                return start + at
            at = window.find(_MAGIC, at + 1)
    return None


def _inline(elf: Elf, offset: int) -> Tuple[bytes, int]:
    """A text behind its length as a varint, and the offset behind it."""
    length, offset = uleb128(elf.data, offset)
    if length > min(_MAX_TEXT, len(elf.data) - offset):
        return b"", offset
    return bytes(elf.data[offset : offset + length]), offset + length


def _pointed(elf: Elf, head: bytes, order: str, word: int, at: int) -> bytes:
    """The Go string whose header's address is in `head` (before Go 1.18)."""
    layout = order + ("Q" if word == 8 else "I")
    (address,) = struct.unpack_from(layout, head, at)
    header = elf.at_address(address, 2 * word)
    if len(header) < 2 * word:
        return b""
    (start,), (length,) = struct.unpack_from(layout, header), struct.unpack_from(layout, header, word)
    return elf.at_address(start, min(length, _MAX_TEXT))


def _parse(version: str, info: str) -> GoBuild:
    """The lines of runtime/debug.BuildInfo.String: tabs separate fields; `=>` replaces the module before it."""
    path = ""
    modules: List[GoModule] = []
    settings: Dict[str, str] = {}
    for line in info.split("\n"):
        kind, *fields = line.split("\t")
        if kind == "path" and fields:
            path = fields[0]
        elif kind in ("mod", "dep", "=>") and fields:
            replaced = modules.pop() if kind == "=>" and modules else None
            path_of, version_of, sum_of = [*fields, "", ""][:3]
            is_main = replaced.main if replaced else kind == "mod"
            modules.append(GoModule(path_of, version_of, sum_of, is_main, replaced.path if replaced else ""))
        elif kind == "build" and fields and "=" in fields[0]:
            key, _, value = "\t".join(fields).partition("=")
            settings[_unquoted(key)] = _unquoted(value)
    return GoBuild(version, path, tuple(modules), settings)


def _unquoted(text: str) -> str:
    """A key or value, which Go quotes if it has blanks or quotes: strconv.Quote, or raw in backticks."""
    if len(text) >= 2 and text[0] == text[-1] == "`":
        return text[1:-1]
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\([abfnrtv\\\"])", lambda match: _ESCAPES.get(match[1], match[1]), text[1:-1])
    return text
