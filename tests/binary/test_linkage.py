"""Pins down the decision how a program is linked: what a kernel starts in an empty root, and what it does not."""

from __future__ import annotations

import pytest

from scratch_image.binary.dynamic import read_dynamic
from scratch_image.binary.elf import InvalidElf, read_elf
from scratch_image.binary.linkage import linkage_of
from tests.support.programs import (
    CODE,
    DF_1_PIE,
    DYN,
    EXEC,
    FLAGS_1,
    INTERP,
    LOAD,
    NEEDED,
    SONAME,
    R,
    Segment,
    W,
    X,
    elf_file,
)

REL, CORE = 1, 4
LOADER = Segment(INTERP, b"/lib64/ld-linux-x86-64.so.2\0")
PIE = (FLAGS_1, DF_1_PIE)
LIBC = (NEEDED, b"libc.so.6")
NAME = (SONAME, b"libx.so")
# Relocations that all name a symbol, in every form.
IMPORTS = Segment(LOAD, b"\7" * 48, address=0x9000)
ASKS = [(7, 0x9000), (8, 48)]


def linkage(**shape):
    found = read_elf(memoryview(elf_file(**shape)))
    return linkage_of(found, read_dynamic(found))


DECISIONS = [
    # shape, linkage, what makes such a file
    (dict(kind=EXEC), "static", "gcc -static, CGO_ENABLED=0 go build"),
    (dict(kind=EXEC, segments=(CODE, LOADER), dynamic=[LIBC]), "dynamic", "gcc -no-pie"),
    (dict(kind=EXEC, segments=(CODE, LOADER)), "dynamic", "a loader and no dynamic section"),
    (dict(kind=EXEC, dynamic=[LIBC]), "dynamic", "libraries and no loader: nobody finds them"),
    (dict(kind=EXEC, dynamic=[NAME]), "static", "a program is no library for its name"),
    (dict(kind=DYN, dynamic=[PIE]), "static-pie", "gcc -static-pie"),
    (dict(kind=DYN, dynamic=[(FLAGS_1, 1)]), "static-pie", "an old toolchain: no flag, but an entry point"),
    (dict(kind=DYN), "static-pie", "no dynamic section at all"),
    (dict(kind=DYN, segments=(CODE, LOADER), dynamic=[LIBC, PIE]), "dynamic", "gcc"),
    (dict(kind=DYN, segments=(CODE, LOADER), dynamic=[PIE]), "dynamic", "go build -buildmode=pie: a loader, no library"),
    (dict(kind=DYN, segments=(CODE, LOADER), dynamic=[LIBC, NAME]), "dynamic", "libc.so.6 itself, which can be started"),
    (dict(kind=DYN, dynamic=[NAME]), "shared library", "gcc -shared -Wl,-soname"),
    (dict(kind=DYN, dynamic=[LIBC, NAME]), "shared library", "the same with a library of its own"),
    (dict(kind=DYN, dynamic=[LIBC], entry=0), "shared library", "gcc -shared"),
    (dict(kind=DYN, entry=0), "shared library", "no name, no flag, no entry point"),
    (dict(kind=DYN, entry=1), "shared library", "an entry point in no segment, no flag"),
    (
        dict(kind=DYN, segments=(CODE, IMPORTS), dynamic=ASKS),
        "shared library",
        "patchelf took its libraries; old linkers give an entry point",
    ),
    (dict(kind=DYN, segments=(CODE, IMPORTS), dynamic=[*ASKS, PIE]), "static-pie", "the flag says more"),
    (dict(kind=EXEC, segments=(CODE, IMPORTS), dynamic=ASKS), "static", "no library is at a fixed address"),
    (dict(kind=DYN, dynamic=[LIBC]), "shared library", "an entry point, but libraries that nobody finds"),
    (dict(kind=DYN, dynamic=[LIBC, PIE]), "shared library", "the same with the flag"),
    (dict(kind=DYN, dynamic=[NAME, PIE]), "static-pie", "the flag says more than a name"),
    (dict(kind=REL), "object", "gcc -c"),
    (dict(kind=REL, segments=()), "object", "it has no segments"),
    (dict(kind=CORE, segments=()), "core", "a core dump"),
]


@pytest.mark.parametrize("shape, want, reason", DECISIONS)
@pytest.mark.parametrize("word_size, big_endian", [(64, False), (32, True)])
def test_decisions(shape, want, reason, word_size, big_endian):
    assert linkage(word_size=word_size, big_endian=big_endian, **shape) == want


DATA = Segment(LOAD, b"data", R | W, 0x9000)
BAD = [
    (dict(kind=EXEC, segments=()), "no segment to load", "nothing to run"),
    (dict(kind=DYN, segments=(LOADER,)), "no segment to load", "nothing but a loader"),
    (dict(kind=0), "its type is 0", "ET_NONE"),
    (dict(kind=0xFE00), "its type is 65024", "a type of some operating system"),
    (dict(kind=EXEC, entry=0), "entry point 0x0 is in no executable segment", "no entry point"),
    (dict(kind=EXEC, segments=(CODE, DATA), entry=0x9000), "entry point 0x9000", "in a segment that is not executable"),
    (dict(kind=EXEC, segments=(Segment(LOAD, b"code", R | X, 0x1000),), entry=0x1004), "0x1004", "one byte behind the code"),
    (dict(kind=EXEC, segments=(Segment(LOAD, b"code", R | X, 0x1000),), entry=0xFFF), "0xfff", "one byte before the code"),
    (dict(kind=DYN, dynamic=[PIE], entry=0), "entry point 0x0", "said to be a program, and cannot be started"),
]


@pytest.mark.parametrize("shape, named, reason", BAD)
def test_what_no_kernel_starts(shape, named, reason):
    with pytest.raises(InvalidElf) as error:
        linkage(**shape)
    assert named in str(error.value)


def test_an_entry_point_in_memory_that_is_not_in_the_file():
    """As packers have it: a segment's memory is larger than its part of the file."""
    assert linkage(segments=(Segment(LOAD, b"x", R | X, 0x1000, memory_size=0x100),), entry=0x10FF) == "static"
