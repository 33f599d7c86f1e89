"""Pins down what is said of a file that is not ELF, by its first bytes."""

from __future__ import annotations

import struct

import pytest

from scratch_image.binary.magic import HEAD, describe, script_interpreter

SCRIPTS = [
    # first bytes, interpreter, reason
    (b"#!/bin/sh\nexit\n", "/bin/sh", "the usual form"),
    (b"#!/bin/sh", "/bin/sh", "no end of the line"),
    (b"#!/bin/sh\r\nexit\r\n", "/bin/sh", "DOS line ends"),
    (b"#! /usr/bin/env python3 -x\n", "/usr/bin/env python3 -x", "blanks, and an argument"),
    (b"#!\t/bin/sh \n", "/bin/sh", "a tab, and a blank at the end"),
    (b"#!\n/bin/sh\n", "nothing", "an empty line"),
    (b"#!", "nothing", "nothing at all"),
    (b"#!  \n", "nothing", "only blanks"),
    (b"#!/b\xffn\n", "/b\\xffn", "no UTF-8"),
    ("#!/opt/Grüße/sh\n".encode(), "/opt/Grüße/sh", "UTF-8"),
    (b" #!/bin/sh\n", "", "a kernel takes nothing before #!"),
    (b"\xef\xbb\xbf#!/bin/sh\n", "", "a byte order mark: nor does it take that"),
    (b"", "", "empty"),
    (b"#", "", "half"),
]


@pytest.mark.parametrize("head, want, reason", SCRIPTS)
def test_scripts(head, want, reason):
    assert script_interpreter(head) == want


def test_a_first_line_longer_than_what_is_read():
    assert script_interpreter(b"#!/" + b"x" * (HEAD - 3)) == "/" + "x" * (HEAD - 3)


def test_an_interpreter_is_never_shown_with_control_characters():
    """They would do something to the terminal of who reads the message."""
    assert script_interpreter(b"#!/bin/\x1b[31msh\0\x07\n").isprintable()


FAT = b"\xca\xfe\xba\xbe"
FORMATS = [
    # first bytes, the message, reason
    (b"", "an empty file", "nothing"),
    (b"MZ\x90\0\3", "a Windows program (PE)", "PE"),
    (b"\xcf\xfa\xed\xfe\x07\0\0\x01\3", "a macOS program (Mach-O, x86-64)", "Mach-O"),
    (b"\xcf\xfa\xed\xfe\x0c\0\0\x01\3", "a macOS program (Mach-O, arm64)", "Mach-O"),
    (b"\xce\xfa\xed\xfe\x07\0\0\0\3", "a macOS program (Mach-O, x86)", "32-bit Mach-O"),
    (b"\xfe\xed\xfa\xce\0\0\0\x12", "a macOS program (Mach-O, CPU type 18)", "PowerPC: big endian, no name here"),
    (b"\xfe\xed\xfa\xcf\x01\0\0\x07", "a macOS program (Mach-O, x86-64)", "64-bit, big endian"),
    (FAT + struct.pack(">I", 2), "a macOS program for several CPUs (Mach-O)", "a fat Mach-O"),
    (FAT + struct.pack(">I", 65), "a Java class file", "Java 21: the same magic, then its version"),
    (FAT + struct.pack(">I", 45), "a Java class file", "Java 1.1, the first there was"),
    (FAT + b"\0\0", "a file of no known format; it begins with the bytes ca fe ba be 00 00", "truncated: either"),
    (b"\0asm\1\0\0\0", "a WebAssembly module", "wasm"),
    (b"!<thin>\n", "an archive of object files (.a)", "ar, of names only"),
    (b"!<arch>\n", "an archive of object files (.a) or a Debian package", "ar"),
    (b"\x1f\x8b\x08\0", "a gzip file", "gzip"),
    (b"BZh91AY", "a bzip2 file", "bzip2"),
    (b"\xfd7zXZ\0", "an xz file", "xz"),
    (b"\x28\xb5\x2f\xfd\0", "a zstd file", "zstd"),
    (b"PK\3\4\x14\0", "a zip file, such as a jar, a wheel or a pex", "zip"),
    (b"name".ljust(257, b"\0") + b"ustar\x0000", "a tar archive", "tar: its mark is not at the beginning"),
    (b"ustar", "a text that begins with 'ustar'", "the same mark at the beginning is text"),
    (b"BC\xc0\xde", "LLVM bitcode", "clang -flto -c"),
    (b"%PDF-1.7\n", "a PDF", "PDF"),
    (b"hello\nworld\n", "a text that begins with 'hello'", "text: its first line"),
    (b"hello\r\nworld\r\n", "a text that begins with 'hello'", "DOS line ends"),
    (b"\thello", "a text that begins with '\\thello'", "a tab"),
    (b"x" * 100, f"a text that begins with {'x' * 60!r}", "a long line is cut"),
    (b"it's\n", 'a text that begins with "it\'s"', "quotes"),
    (b"\n\n", "a file of no known format; it begins with the bytes 0a 0a", "an empty first line says nothing"),
    (b"\x1b[31mred\n", "a file of no known format; it begins with the bytes 1b 5b 33 31 6d 72 65 64", "an escape sequence"),
    ("Grüße\n".encode(), "a file of no known format; it begins with the bytes 47 72 c3 bc c3 9f 65 0a", "not ASCII"),
    (b"\x7fEL", "a file of no known format; it begins with the bytes 7f 45 4c", "ELF's magic number truncated"),
    (b"\0", "a file of no known format; it begins with the bytes 00", "one byte"),
]


@pytest.mark.parametrize("head, want, reason", FORMATS)
def test_formats(head, want, reason):
    assert describe(head) == want


@pytest.mark.parametrize("head, want, reason", FORMATS)
def test_every_beginning_of_a_format_is_something(head, want, reason):
    for length in range(len(head)):
        assert describe(head[:length]).split()[0] in ("a", "an", "LLVM")
