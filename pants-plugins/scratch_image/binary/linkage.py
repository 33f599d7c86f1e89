"""Whether a kernel can start a program in an empty root file system.

Linux starts what PT_INTERP names (fs/binfmt_elf.c), so a program with PT_INTERP needs that loader in the image. The file
type does not tell: static programs are ET_EXEC or, position independent, ET_DYN, like libraries.
"""

from __future__ import annotations

from scratch_image.binary.dynamic import Dynamic
from scratch_image.binary.elf import ET_CORE, ET_DYN, ET_EXEC, ET_REL, PF_X, PT_LOAD, Elf, InvalidElf

STATIC, STATIC_PIE = "static", "static-pie"
DYNAMIC, LIBRARY, OBJECT, CORE = "dynamic", "shared library", "object", "core"


def linkage_of(elf: Elf, dynamic: Dynamic) -> str:
    """One of the constants above. Raises InvalidElf if no kernel starts the file and no linker writes it."""
    kind = elf.header.type
    if kind == ET_REL:
        return OBJECT
    if kind == ET_CORE:
        return CORE
    if kind not in (ET_EXEC, ET_DYN):
        raise InvalidElf(f"its type is {kind}, neither a program nor a library")
    if not elf.of_type(PT_LOAD):
        raise InvalidElf("it has no segment to load")
    if dynamic.interpreter is not None:
        return DYNAMIC
    starts = _starts(elf)
    if kind == ET_DYN and not dynamic.pie and (dynamic.soname or dynamic.imports or elf.header.entry == 0 or not starts):
        return LIBRARY
    if dynamic.needed:
        return LIBRARY if kind == ET_DYN else DYNAMIC
    if not starts:
        raise InvalidElf(f"its entry point {elf.header.entry:#x} is in no executable segment")
    return STATIC_PIE if kind == ET_DYN else STATIC


def _starts(elf: Elf) -> bool:
    """Whether the entry point is in an executable segment."""
    entry = elf.header.entry
    return any(
        segment.flags & PF_X and segment.address <= entry < segment.address + segment.memory_size
        for segment in elf.of_type(PT_LOAD)
    )
