"""What a build left in a program that no run needs: paths of the build, symbols and debug information."""

from __future__ import annotations

import re
from typing import Optional, Tuple

from scratch_image.binary.elf import Elf
from scratch_image.binary.scan import windows
from scratch_image.binary.sections import SHF_ALLOC, Section

# Directories with a new name in each build: Pants' sandboxes, the temporary directories of `go build` and rustc.
_RANDOM = re.compile(rb"/(?:pants-sandbox-[A-Za-z0-9]{4,12}|go-build[0-9]{6,12}|rustc[A-Za-z0-9]{6})(?=[/\0])")
_ABOVE = re.compile(rb"[\w./+-]{0,80}\Z")
_RANDOM_MARKS = (b"/pants-sandbox-", b"/go-build", b"/rustc")
_STRIPPABLE = (".symtab", ".strtab")
_DEBUG = (".debug_", ".zdebug_", ".gdb_index", ".stab")


def build_path(elf: Elf) -> Optional[str]:
    """The first path of a directory with a random name in the file; None without one."""
    for _, window in windows(elf.data, [(0, len(elf.data))]):
        if any(mark in window for mark in _RANDOM_MARKS):
            match = _RANDOM.search(window)
            if match:
                above = _ABOVE.search(window[max(0, match.start() - 80) : match.start()])
                return ((above.group() if above else b"") + match.group()).decode("ascii", "backslashreplace")
    return None


def strippable_bytes(sections: Tuple[Section, ...]) -> int:
    """The size, in bytes, of symbols and debug information that are never loaded."""
    return sum(
        section.size
        for section in sections
        if not section.flags & SHF_ALLOC and (section.name in _STRIPPABLE or section.name.startswith(_DEBUG))
    )
