"""Where a program was built: paths of its sources, which compilers keep unless they are told not to."""

from __future__ import annotations

import re
from collections import Counter
from typing import AbstractSet, Dict, List, Optional, Set, Tuple

from scratch_image.binary import pclntab
from scratch_image.binary.scan import windows
from scratch_image.compare.data import Bytes
from scratch_image.compare.reason import Reason, between

# An absolute path of at least two components, as debug information, assertions and panics have it.
_PATH = re.compile(rb"(?<![\w.+@%~/-])/[\w.+@%~-]{1,100}(?:/[\w.+@%~-]{1,100}){1,30}")
# Versions of modules and of toolchains in paths, which other reasons name.
_VERSION = re.compile(r"@v[^/]+|\bgo\d[\w.-]*|^/rustc/[0-9a-f]{40}")
_RUNTIME, _CACHE = "/src/runtime/proc.go", "/pkg/mod/"
_MOST = 50_000


def build_path_reason(before: Bytes, after: Bytes, *, with_root: bool) -> Optional[Reason]:
    """The directory that stands for another one in the paths of two programs, if there is one. Where Go itself is counts
    only `with_root`, and only if nothing else moved."""
    one, other = _paths(before), _paths(after)
    moved = _moved(one[0], other[0]) or (_moved(one[1], other[1]) if with_root else None)
    if moved is None:
        return None
    return between("build path", "build path", moved, f"built in another directory: {moved[0]} → {moved[1]}")


def _paths(program: Bytes) -> Tuple[Set[str], Set[str]]:
    """(the absolute paths in a program, those of Go's own sources): for Go the paths of source files, else all texts that
    look like one."""
    elf, sections = program
    found: Set[str] = set()
    table = pclntab.find(elf, sections)
    if table:
        found = {path for path in pclntab.source_files(elf, table) if path.startswith("/")}
        root = next((path[: -len(_RUNTIME)] for path in found if path.endswith(_RUNTIME)), None)
        own = {path for path in found if root is not None and path.startswith(f"{root}/")}
        return _plain(found - own), _plain(own)
    for _, window in windows(elf.data, [(0, len(elf.data))]):
        found.update(path.decode("ascii", "backslashreplace") for path in _PATH.findall(window))
        if len(found) > _MOST:
            break
    return _plain(found), set()


def _plain(paths: AbstractSet[str]) -> Set[str]:
    return {_VERSION.sub("", path) for path in paths}


def _moved(before: AbstractSet[str], after: AbstractSet[str]) -> Optional[Tuple[str, str]]:
    """(directory before, directory after) of the most paths that differ in their beginning alone."""
    gone, new = before - after, after - before
    by_name: Dict[str, List[str]] = {}
    for path in new:
        by_name.setdefault(path.rpartition("/")[2], []).append(path)
    pairs: Counter[Tuple[str, str]] = Counter()
    for path in gone:
        for other in by_name.get(path.rpartition("/")[2], ())[:20]:
            # Another version of a module in one cache is another module, which is named already.
            if _CACHE not in path or path.partition(_CACHE)[0] != other.partition(_CACHE)[0]:
                pairs[_without_common_end(path, other)] += 1
    if pairs:
        return min(pairs, key=lambda pair: (-pairs[pair], pair))
    if len(gone) == len(new) == 1:  # The directory itself, as debug information has it.
        return next(iter(gone)), next(iter(new))
    return None


def _without_common_end(one: str, other: str) -> Tuple[str, str]:
    parts, others = one.split("/"), other.split("/")
    while parts and others and parts[-1] == others[-1]:
        parts.pop()
        others.pop()
    return "/".join(parts) or "/", "/".join(others) or "/"
