"""Facts of small programs, and files that are none."""

from __future__ import annotations

from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.read import read_facts
from tests.support.programs import ALLOC, NEEDED, WRITE, Section, elf_file, go_build_info, go_names

INFO = b"path\tcmd\nmod\texample.com\tv1\th1:x=\nbuild\tGOAMD64=v3\nbuild\tvcs.modified=true\n"


GO = (
    Section(".gopclntab", go_names([b"runtime.main", b"time.LoadLocation"]), ALLOC),
    Section(".go.buildinfo", go_build_info(b"go1.26.6", INFO), ALLOC | WRITE),
)


def facts_of(content):
    return read_facts(memoryview(content))


def program_of(**shape):
    return facts_of(elf_file(**shape)).program


OTHERS = [
    # content, facts, reason
    (b"", BinaryFacts(other="an empty file"), "nothing"),
    (b"#!/bin/sh\nexit\n", BinaryFacts(script="/bin/sh"), "a script"),
    (b"#!\n", BinaryFacts(script="nothing"), "a script for nothing"),
    (b"text\n", BinaryFacts(other="a text that begins with 'text'"), "a text"),
    (b"MZ\0", BinaryFacts(other="a Windows program (PE)"), "another format"),
    (b"\x7fEL", BinaryFacts(other="a file of no known format; it begins with the bytes 7f 45 4c"), "half of the magic"),
    (b"\x7fELF", BinaryFacts(broken="the ELF header is truncated after 4 bytes"), "ELF's magic alone"),
    (elf_file(kind=9), BinaryFacts(broken="its type is 9, neither a program nor a library"), "what no linker writes"),
    (elf_file(entry=1), BinaryFacts(broken="its entry point 0x1 is in no executable segment"), "what no kernel starts"),
    (
        elf_file(dynamic=[(NEEDED, 9)]),
        BinaryFacts(broken="a name of its dynamic section is at offset 9 of a string table of 1 bytes"),
        "a name that is not there",
    ),
]
