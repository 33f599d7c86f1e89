"""What the notes of a program say of its operating system and CPU (gABI, "Note Section"; notes of the BSDs and GNU)."""

from __future__ import annotations

import struct
from typing import Iterator, NamedTuple, Optional, Tuple

from scratch_image.binary.elf import PT_NOTE, Elf

# gABI, "EI_OSABI" → system. Linux programs have 0, System V, or 3, GNU/Linux.
_OS_ABIS = {1: "HP-UX", 2: "NetBSD", 6: "Solaris", 7: "AIX", 8: "IRIX", 9: "FreeBSD", 12: "OpenBSD", 17: "CloudABI"}
_LINUX_ABIS = (0, 3)
_ARM_ABI, _EM_ARM = 97, 40
_VENDORS = {b"FreeBSD": "FreeBSD", b"NetBSD": "NetBSD", b"OpenBSD": "OpenBSD", b"DragonFly": "DragonFly BSD"}
_NT_GNU_ABI_TAG, _NT_GNU_BUILD_ID, _NT_GNU_PROPERTY = 1, 3, 5
_X86_ISA_1_NEEDED = 0xC0008002
# Bounds for all notes together, far above what linkers write.
_MAX_NOTES = 1 << 16
_MAX_SEGMENTS = 32


class Notes(NamedTuple):
    """`foreign_os` is the system that the program is for, None if Linux. `x86_level`, 1 to 4, is the x86-64 level that the
    linker was told, if any. `build_id` is in hexadecimal. `go` is whether there is the note of Go's linker; `glibc`
    whether there is the one of glibc's start files."""

    foreign_os: Optional[str]
    x86_level: Optional[int]
    build_id: Optional[str]
    go: bool
    glibc: bool = False


def read_notes(elf: Elf) -> Notes:
    """Reads all notes; raises nothing."""
    foreign_os = _foreign_abi(elf)
    x86_level: Optional[int] = None
    build_id: Optional[str] = None
    go = glibc = False
    for owner, kind, content in _notes(elf):
        foreign_os = foreign_os or _VENDORS.get(owner)
        go = go or owner == b"Go"
        glibc = glibc or (owner == b"GNU" and kind == _NT_GNU_ABI_TAG)
        if owner == b"GNU" and kind == _NT_GNU_BUILD_ID:
            build_id = content.hex()
        if owner == b"GNU" and kind == _NT_GNU_PROPERTY and elf.header.machine == 62:
            x86_level = _x86_level(elf, content) or x86_level
    return Notes(foreign_os, x86_level, build_id, go, glibc)


def _foreign_abi(elf: Elf) -> Optional[str]:
    abi = elf.header.os_abi
    if abi in _LINUX_ABIS or (abi == _ARM_ABI and elf.header.machine == _EM_ARM):
        return None
    return _OS_ABIS.get(abi, f"the operating system of ELF ABI {abi}")


def _notes(elf: Elf) -> Iterator[Tuple[bytes, int, bytes]]:
    """(owner, type, content) of every note. One that exceeds its segment is the last."""
    left = _MAX_NOTES
    for segment in elf.of_type(PT_NOTE)[:_MAX_SEGMENTS]:
        content = elf.content(segment, left)
        left -= len(content)
        offset = 0
        while offset + 12 <= len(content):
            name_size, size, kind = struct.unpack_from(elf.order + "III", content, offset)
            name_end = offset + 12 + name_size
            start = name_end + -name_size % 4
            if start + size > len(content):
                break
            yield content[offset + 12 : name_end].rstrip(b"\0"), kind, content[start : start + size]
            offset = start + size + -size % 4


def _x86_level(elf: Elf, content: bytes) -> Optional[int]:
    """The highest level that GNU_PROPERTY_X86_ISA_1_NEEDED names (x86-64 psABI, "Program Property")."""
    offset = 0
    while offset + 8 <= len(content):
        kind, size = struct.unpack_from(elf.order + "II", content, offset)
        if kind == _X86_ISA_1_NEEDED and size == 4 and offset + 12 <= len(content):
            (bits,) = struct.unpack_from(elf.order + "I", content, offset + 8)
            return min(4, int(bits).bit_length()) or None
        offset += 8 + size + -size % (8 if elf.header.word_size == 64 else 4)
    return None
