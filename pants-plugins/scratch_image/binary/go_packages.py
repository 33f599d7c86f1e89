"""The packages of others whose functions a Go program has, by the names of these functions (cmd/link, "symbol names"), and
the modules of their source files.

It is asked only of programs whose build information names no module: for all others, the modules are known.
"""

from __future__ import annotations

import re
from typing import Optional, Set, Tuple

from scratch_image.binary.elf import Elf
from scratch_image.binary.go import GoBuild
from scratch_image.binary.pclntab import find, read_names, source_files
from scratch_image.binary.scan import windows
from scratch_image.binary.sections import Section

# The path of a package up to the first dot in its last component; the first component of a path that a module proxy serves
# has a dot (go.dev/ref/mod, "Module paths"), which no package of the standard library has. The types in a name of generic
# code are behind a bracket.
_PACKAGE = re.compile(
    rb"([a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9._~!%+-]+)*?/[A-Za-z0-9_~!%+-]+|[a-z0-9-]+%2e[a-z0-9%-]+)\.[^/]"
)
# A source file in the module cache, or of a build with -trimpath (go.dev/ref/mod, "Module cache").
_SOURCE = re.compile(r"(?:.*/pkg/mod/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[^@/]+)*)@(v[^/]+)/")
# The standard library of a toolchain that Go has downloaded (go.dev/doc/toolchain).
_TOOLCHAIN = "golang.org/toolchain"
_ESCAPE = re.compile(rb"%([0-9a-f]{2})")
# More packages than any program has, and characters of a longer path than compilers get.
_MOST, _MAX_PATH = 20_000, 4_096


def read_packages(elf: Elf, sections: Tuple[Section, ...], build: Optional[GoBuild]) -> Optional[Tuple[str, ...]]:
    """The paths, sorted; None if the modules are known, or nobody can tell because the names were removed or changed."""
    if build and build.modules:
        return None
    places = read_names(elf, sections)
    if places is None:
        return None
    names = places.functions
    found: Set[bytes] = set()
    is_go = False
    for start, window in windows(elf.data, (names,)):
        pieces = window.split(b"\0")
        whole = pieces[start > names[0] : None if start + len(window) >= names[1] else -1]
        is_go = is_go or b"runtime.main" in whole
        for match in filter(None, map(_PACKAGE.match, whole)):
            found.add(match[1])
        if len(found) > _MOST:
            return None
    return tuple(sorted(_unescaped(path) for path in found)) if is_go else None


def read_sources(elf: Elf, sections: Tuple[Section, ...], build: Optional[GoBuild]) -> Tuple[str, ...]:
    """The modules whose source files the functions are from, as `path@version`, sorted; empty if the modules are known, or
    the compiler was told other paths."""
    table = find(elf, sections) if not (build and build.modules) else None
    found: Set[str] = set()
    for path in source_files(elf, table) if table else ():
        match = _SOURCE.match(path[:_MAX_PATH])
        if match and match[1] != _TOOLCHAIN:
            found.add(f"{_capitals(match[1])}@{_capitals(match[2])}")
        if len(found) > _MOST:
            return ()
    return tuple(sorted(found))


def _capitals(escaped: str) -> str:
    """The module cache writes `!a` for `A` (go.dev/ref/mod, "Module cache")."""
    return re.sub(r"!([a-z])", lambda match: match[1].upper(), escaped)


def _unescaped(path: bytes) -> str:
    """The linker escapes the dots of the last component, and a few other bytes (cmd/internal/objabi, PathToPrefix)."""
    return _ESCAPE.sub(lambda match: bytes((int(match[1], 16),)), path).decode("utf-8", "backslashreplace")
