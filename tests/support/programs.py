"""Programs for tests, made without a compiler: the smallest ELF files that a kernel runs."""

from __future__ import annotations

import struct

X86_64 = 62
AARCH64 = 183
I386 = 3
_CODE = 36


def elf(machine: int = X86_64, text: str = "hello\n", *, word_size: int = 64, big_endian: bool = False) -> bytes:
    """A static ELF program of one segment; on x86-64 it writes `text` and exits with 0, elsewhere it is not run."""
    message = text.encode()
    order = ">" if big_endian else "<"
    ident = b"\x7fELF" + bytes((2 if word_size == 64 else 1, 2 if big_endian else 1, 1)) + bytes(9)
    if word_size == 32:
        header = struct.pack(order + "HHIIIIIHHHHHH", 2, machine, 1, 0x10054, 52, 0, 0, 52, 32, 1, 0, 0, 0)
        size = 84 + len(message)
        segment = struct.pack(order + "IIIIIIII", 1, 0, 0x10000, 0x10000, size, size, 5, 0x1000)
        return ident + header + segment + message
    base, start = 0x400000, 64 + 56
    # write(1, message, length); exit(0)
    code = b"\xb8\x01\0\0\0\xbf\x01\0\0\0\x48\xbe" + struct.pack("<Q", base + start + _CODE)
    code += b"\xba" + struct.pack("<I", len(message)) + b"\x0f\x05\x31\xff\xb8\x3c\0\0\0\x0f\x05"
    body = code + message
    header = struct.pack(order + "HHIQQQIHHHHHH", 2, machine, 1, base + start, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    size = start + len(body)
    segment = struct.pack(order + "IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000)
    return ident + header + segment + body
