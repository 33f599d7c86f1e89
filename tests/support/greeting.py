"""Programs that run, made without a compiler: static, tiny, the same bytes everywhere. Each writes a line and ends."""

from __future__ import annotations

import struct
from typing import Callable, Dict, Tuple

from tests.support.programs import AARCH64, ARM, GNU_STACK, LOAD, X86_64, R, Segment, W, X, elf_file

# Where the text follows the code: the code names it by its distance.
_AMD64_TEXT, _ARM_TEXT = 33, 32


def greeting(platform: str, text: str) -> bytes:
    """An ELF program for `linux/amd64`, `linux/arm64` or `linux/arm/v7` that does write(1, text) and exit(0).

    `text` has at most 255 bytes of UTF-8.
    """
    machine, word_size, code = _PROGRAMS[platform]
    message = text.encode("utf-8")
    segments = (Segment(LOAD, code(len(message)) + message, R | X), Segment(GNU_STACK, flags=R | W))
    return elf_file(machine, word_size=word_size, segments=segments)


def _amd64(length: int) -> bytes:
    return b"".join(
        (
            b"\xb8\x01\0\0\0",  # mov eax, 1 (write)
            b"\xbf\x01\0\0\0",  # mov edi, 1
            b"\x48\x8d\x35" + struct.pack("<i", _AMD64_TEXT - 17),  # lea rsi, [rip + …]; the next instruction is at 17
            b"\xba" + struct.pack("<I", length),  # mov edx, length
            b"\x0f\x05",  # syscall
            b"\x31\xff",  # xor edi, edi
            b"\xb8\x3c\0\0\0",  # mov eax, 60 (exit)
            b"\x0f\x05",  # syscall
        )
    )


def _arm64(length: int) -> bytes:
    return struct.pack(
        "<8I",
        0xD2800020,  # mov x0, #1
        0x10000001 | (_ARM_TEXT - 4) // 4 << 5,  # adr x1, text; from this instruction, which is at 4
        0xD2800002 | length << 5,  # mov x2, #length
        0xD2800808,  # mov x8, #64 (write)
        0xD4000001,  # svc #0
        0xD2800000,  # mov x0, #0
        0xD2800BA8,  # mov x8, #93 (exit)
        0xD4000001,  # svc #0
    )


def _arm(length: int) -> bytes:
    return struct.pack(
        "<8I",
        0xE3A00001,  # mov r0, #1
        0xE28F1000 | _ARM_TEXT - 12,  # add r1, pc, #…; pc is two instructions ahead of this one, at 12
        0xE3A02000 | length,  # mov r2, #length
        0xE3A07004,  # mov r7, #4 (write)
        0xEF000000,  # svc #0
        0xE3A00000,  # mov r0, #0
        0xE3A07001,  # mov r7, #1 (exit)
        0xEF000000,  # svc #0
    )


_PROGRAMS: Dict[str, Tuple[int, int, Callable[[int], bytes]]] = {
    "linux/amd64": (X86_64, 64, _amd64),
    "linux/arm64": (AARCH64, 64, _arm64),
    "linux/arm/v7": (ARM, 32, _arm),
}
