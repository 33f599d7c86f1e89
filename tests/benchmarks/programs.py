"""Small static programs, made without a compiler."""

from __future__ import annotations

import struct
from hashlib import shake_128

_FILLER = 16 << 10
_LOAD_ADDRESS = 0x400000
# Name as in a platform → (ELF machine, segment alignment, code that exits with 0).
_MACHINES = {
    # mov eax, 60 (exit); xor edi, edi; syscall
    "amd64": (62, 0x1000, bytes.fromhex("b83c00000031ff0f05")),
    # mov x8, 93 (exit); mov x0, 0; svc 0
    "arm64": (183, 0x10000, bytes.fromhex("a80b80d2000080d2010000d4")),
}


def static_program(name: str, machine: str = "amd64") -> bytes:
    """An ELF program that exits with 0, about 16 kB, followed by bytes that are its name's own (System V ABI, "Object
    Files"). The same name gives the same bytes."""
    number, alignment, code = _MACHINES[machine]
    start, filler = 64 + 56, shake_128(name.encode()).digest(_FILLER)
    size = start + len(code) + len(filler)
    identification = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header = struct.pack("<HHIQQQIHHHHHH", 2, number, 1, _LOAD_ADDRESS + start, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _LOAD_ADDRESS, _LOAD_ADDRESS, size, size, alignment)
    return identification + header + segment + code + filler
