"""What a program asks of a dynamic linker: PT_INTERP and PT_DYNAMIC (gABI, chapter 5)."""

from __future__ import annotations

import struct
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from scratch_image.binary.elf import PT_DYNAMIC, PT_INTERP, Elf, InvalidElf
from scratch_image.binary.text import readable

_DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_SONAME, _DT_RPATH, _DT_RUNPATH = 1, 5, 10, 14, 15, 29
_DT_FLAGS_1 = 0x6FFFFFFB
_DF_1_PIE = 0x08000000
# Where relocations are, their size, how many of the first are without a symbol, and the words of each: RELA, REL, and those
# of the procedure linkage table, which are of the kind that DT_PLTREL names.
_DT_RELA, _DT_PLTREL = 7, 20
_RELOCATIONS = ((_DT_RELA, 8, 0x6FFFFFF9, 3), (17, 18, 0x6FFFFFFA, 2), (23, 2, 0, 0))
_MAX_RELOCATIONS = 1 << 10
# Its 64-bit files order the parts of r_info in their own way.
_EM_MIPS = 8
# Linux: PATH_MAX bounds an interpreter's name (fs/binfmt_elf.c). The other bounds are ours, far above what linkers write.
_MAX_PATH = 4096
_MAX_DYNAMIC = 1 << 16
_MAX_NAMES = 256


class Dynamic(NamedTuple):
    """`interpreter` is the loader's path, None if the kernel starts the program itself. `needed` are the libraries that it
    loads from `search_paths`; `soname` is a library's own name; `pie` is DF_1_PIE, which marks a program among ET_DYN.
    `imports` is whether it asks the linker for the address of a symbol: nobody would answer a static program."""

    interpreter: Optional[str]
    needed: Tuple[str, ...]
    soname: Optional[str]
    search_paths: Tuple[str, ...]
    pie: bool
    imports: bool


def read_dynamic(elf: Elf) -> Dynamic:
    """Reads both segments, if the file has them. Raises InvalidElf."""
    entries = _entries(elf)
    strings = _strings(elf, entries)
    return Dynamic(
        interpreter=_interpreter(elf),
        needed=tuple(strings(offset) for offset in entries.get(_DT_NEEDED, ())[:_MAX_NAMES]),
        soname=next((strings(offset) for offset in entries.get(_DT_SONAME, ())), None),
        search_paths=tuple(strings(offset) for tag in (_DT_RPATH, _DT_RUNPATH) for offset in entries.get(tag, ())[:1]),
        pie=any(value & _DF_1_PIE for value in entries.get(_DT_FLAGS_1, ())),
        imports=any(_imports(elf, entries, *tags) for tags in _RELOCATIONS),
    )


def _entries(elf: Elf) -> Dict[int, List[int]]:
    """Tag → values, in the order of the file, up to DT_NULL."""
    layout = struct.Struct(elf.order + ("qQ" if elf.header.word_size == 64 else "iI"))
    entries: Dict[int, List[int]] = {}
    for segment in elf.of_type(PT_DYNAMIC)[:1]:  # There is one (gABI); loaders ignore others.
        content = elf.content(segment, _MAX_DYNAMIC)
        for tag, value in layout.iter_unpack(content[: len(content) // layout.size * layout.size]):
            if tag == 0:
                break
            entries.setdefault(tag, []).append(value)
    return entries


def _imports(elf: Elf, entries: Dict[int, List[int]], table: int, size: int, without: int, words: int) -> bool:
    """Whether one of the first relocations of a table names a symbol (ELF64_R_SYM, ELF32_R_SYM)."""
    if elf.header.machine == _EM_MIPS or table not in entries:
        return False
    words = words or (3 if entries.get(_DT_PLTREL) == [_DT_RELA] else 2)
    wide = elf.header.word_size == 64
    row = struct.Struct(f"{elf.order}{words}{'Q' if wide else 'I'}")
    skipped = entries.get(without, [0])[0] * row.size
    rest = min(entries.get(size, [0])[0] - skipped, _MAX_RELOCATIONS * row.size)
    content = elf.at_address(entries[table][0] + skipped, max(rest, 0))
    return any(
        fields[1] >> (32 if wide else 8) for fields in row.iter_unpack(content[: len(content) // row.size * row.size])
    )


def _strings(elf: Elf, entries: Dict[int, List[int]]) -> Callable[[int], str]:
    """The string at an offset of DT_STRTAB."""
    address, size = entries.get(_DT_STRTAB, [0])[0], entries.get(_DT_STRSZ, [0])[0]
    table = elf.loaded_at(address)

    def string(offset: int) -> str:
        if not 0 <= offset < size:
            raise InvalidElf(f"a name of its dynamic section is at offset {offset} of a string table of {size} bytes")
        text = bytes(table[offset : min(size, offset + _MAX_PATH)])
        if b"\0" not in text:
            raise InvalidElf("a name of its dynamic section has no end")
        return readable(text.split(b"\0")[0])

    return string


def _interpreter(elf: Elf) -> Optional[str]:
    for segment in elf.of_type(PT_INTERP):
        if segment.file_size > _MAX_PATH:
            raise InvalidElf(f"the path of its loader has {segment.file_size} bytes, more than Linux accepts")
        return readable(elf.content(segment, _MAX_PATH).split(b"\0")[0])
    return None
