"""The build information that Go's linker leaves in a program (src/debug/buildinfo of Go, both encodings)."""

from __future__ import annotations

import re
import struct
from typing import Dict, List, NamedTuple, Optional, Tuple

from scratch_image.binary.elf import PF_W, PT_LOAD, Elf
from scratch_image.binary.scan import uleb128, windows
from scratch_image.binary.sections import Section, named

_MAGIC = b"\xff Go buildinf:"
_ALIGNMENT, _HEADER = 16, 32
_BIG_ENDIAN, _INLINE = 1, 2
# In bytes: what is searched of a writable segment if no section names the place, and the longest text.
_MAX_SEARCH, _MAX_TEXT = 16 << 20, 4 << 20
_SENTINEL = 16
# Of strconv.Quote. Its \x, \u and \U are not printable characters, and stay as they are.
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


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
