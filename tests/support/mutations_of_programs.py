"""Changes of the program, and of what starts it."""

from __future__ import annotations

from typing import Dict, Sequence

from scratch_image.oci.tar import DirectoryEntry, SymlinkEntry
from tests.support.dist import Dist, Layer, program_layer
from tests.support.mutated import BOTH, CONTENTS, FILES, Contents, Row, file, whole, without
from tests.support.programs import AARCH64, CODE, INTERP, NEEDED, Segment, elf, elf_file


def program_is(program: bytes, mode: int = 0o755, more: Sequence[Layer] = ()) -> Dist:
    return whole(without(CONTENTS, "etc/ssl/cert.pem"), program_layer(program, mode=mode), more=more)


def loaded(loader: bytes, machine: int = 62) -> bytes:
    return elf_file(machine, segments=(CODE, Segment(INTERP, loader + b"\0")), dynamic=[(NEEDED, b"libc.so.6")])


LOADER = b"/lib/ld.so"


LD: Contents = file("lib/ld.so", elf(), mode=0o755)


PROGRAMS: Dict[str, Row] = {
    "a loader that is not there": (
        program_is(loaded(LOADER)),
        BOTH,
        "loader of the program 'app': no layer has the file '/lib/ld.so'",
    ),
    "a loader that nobody may execute": (
        program_is(loaded(LOADER), more=(Layer(file("lib/ld.so", elf()), FILES),)),
        BOTH,
        "nobody may execute 'lib/ld.so'",
    ),
    "a loader for another CPU": (
        program_is(loaded(LOADER), more=(Layer(file("lib/ld.so", elf(AARCH64), mode=0o755), FILES),)),
        BOTH,
        "platform of the loader of the program 'app': claimed linux/amd64, derived linux/arm64",
    ),
    "a loader that is a text": (
        program_is(loaded(LOADER), more=(Layer(file("lib/ld.so", b"hello", mode=0o755), FILES),)),
        BOTH,
        "it is not an ELF file but a text",
    ),
    "a loader that is a directory": (
        program_is(loaded(LOADER), more=(Layer({DirectoryEntry("lib/ld.so"): b""}, FILES),)),
        BOTH,
        "no layer has the file",
    ),
    "a script without its interpreter": (
        program_is(b"#!/bin/sh\n"),
        BOTH,
        "interpreter of the script 'app': no layer has the file '/bin/sh'",
    ),
    "a script with an argument": (program_is(b"#! /bin/sh -e\n"), BOTH, "no layer has the file '/bin/sh'"),
    "a script of nothing": (program_is(b"#!\n"), BOTH, "interpreter of the script 'app'"),
    "an interpreter that nobody may execute": (
        program_is(b"#!/bin/sh\n", more=(Layer(file("bin/sh", elf()), FILES),)),
        BOTH,
        "nobody may execute 'bin/sh'",
    ),
    "an interpreter without its loader": (
        program_is(b"#!/bin/sh\n", more=(Layer(file("bin/sh", loaded(LOADER), mode=0o755), FILES),)),
        BOTH,
        "loader of the program 'bin/sh': no layer has",
    ),
    "a script that is its own interpreter": (program_is(b"#!/app\n"), BOTH, "a script has at most 4 scripts"),
    "an object file": (program_is(elf_file(kind=1)), BOTH, "it is an object file, which no kernel starts"),
    "a core dump": (program_is(elf_file(kind=4)), BOTH, "it is a core dump, which no kernel starts"),
    "a program of another platform": (program_is(elf(AARCH64)), BOTH, "platform of the program 'app': claimed linux/amd64"),
    "a program that nobody may execute": (program_is(elf(), 0o644), BOTH, "nobody may execute 'app': its mode is 0644"),
    "a program that is truncated": (program_is(elf()[:100]), BOTH, "program 'app'"),
}


STARTS = {
    "a loader": program_is(loaded(LOADER), more=(Layer(LD, FILES),)),
    "a loader behind a link": program_is(
        loaded(b"/lib64/ld.so"), more=(Layer({**LD, SymlinkEntry("lib64", "lib"): b""}, FILES),)
    ),
    "an interpreter": program_is(b"#!/bin/sh -e\n", more=(Layer(file("bin/sh", elf(), mode=0o755), FILES),)),
    "a dynamic interpreter": program_is(
        b"#!/bin/sh\n", more=(Layer({**file("bin/sh", loaded(LOADER), mode=0o755), **LD}, FILES),)
    ),
    "a script of a script": program_is(
        b"#!/b\n", more=(Layer({**file("b", b"#!/bin/sh\n", mode=0o755), **file("bin/sh", elf(), mode=0o755)}, FILES),)
    ),
}
