"""What a file that is not ELF is, by its first bytes, as the end of a sentence."""

from __future__ import annotations

import struct
from typing import Tuple

from scratch_image.binary.text import readable

# The bytes that describe() needs.
HEAD = 512
_MACH_O_CPUS = {7: "x86", 0x01000007: "x86-64", 12: "ARM", 0x0100000C: "arm64"}
_MACH_O_FAT_LIMIT = 45  # Java's class files share the fat magic; their next word is a version, at least 45.
_FORMATS: Tuple[Tuple[int, bytes, str], ...] = (
    (0, b"\0asm", "a WebAssembly module"),
    (0, b"!<arch>\n", "an archive of object files (.a) or a Debian package"),
    (0, b"!<thin>\n", "an archive of object files (.a)"),
    (0, b"\x1f\x8b", "a gzip file"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\xfd7zXZ\0", "an xz file"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd file"),
    (0, b"PK\x03\x04", "a zip file, such as a jar, a wheel or a pex"),
    (257, b"ustar", "a tar archive"),
    (0, b"BC\xc0\xde", "LLVM bitcode"),
    (0, b"%PDF", "a PDF"),
)


def script_interpreter(head: bytes) -> str:
    """What follows `#!` in the first line (execve(2), "Interpreter scripts"); empty if the file is not a script."""
    if not head.startswith(b"#!"):
        return ""
    return readable(head[2:].split(b"\n")[0].strip()) or "nothing"


def describe(head: bytes) -> str:
    """Names the format of a file by its first HEAD bytes."""
    if not head:
        return "an empty file"
    if head.startswith(b"MZ"):
        return "a Windows program (PE)"
    mach_o = _mach_o(head)
    if mach_o:
        return mach_o
    for offset, magic, name in _FORMATS:
        if head[offset : offset + len(magic)] == magic:
            return name
    line = head.split(b"\n")[0].rstrip(b"\r")
    if all(0x20 <= byte < 0x7F or byte == 0x09 for byte in line[:60]) and line:
        return f"a text that begins with {line[:60].decode('ascii')!r}"
    return f"a file of no known format; it begins with the bytes {head[:8].hex(' ')}"


def _mach_o(head: bytes) -> str:
    for magic, order in ((b"\xcf\xfa\xed\xfe", "<"), (b"\xce\xfa\xed\xfe", "<"), (b"\xfe\xed\xfa", ">")):
        if head.startswith(magic) and len(head) >= 8:
            (cpu,) = struct.unpack_from(order + "I", head, 4)
            return f"a macOS program (Mach-O, {_MACH_O_CPUS.get(cpu, f'CPU type {cpu}')})"
    if head[:4] == b"\xca\xfe\xba\xbe" and len(head) >= 8:
        (count,) = struct.unpack_from(">I", head, 4)
        return "a macOS program for several CPUs (Mach-O)" if count < _MACH_O_FAT_LIMIT else "a Java class file"
    return ""
