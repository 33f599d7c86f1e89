"""Pins down what is told of a file."""

from __future__ import annotations

import struct
import sys
import zlib

import pytest

from scratch_image.binary.elf import read_elf
from scratch_image.binary.evidence import Need
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.go import GoBuild, GoModule
from scratch_image.binary.needs import Needs
from scratch_image.binary.rust import Crate
from tests.support.facts import program
from tests.support.programs import (
    ALLOC,
    ARM,
    CODE,
    DYN,
    GNU_STACK,
    INTERP,
    LOAD,
    NEEDED,
    NOTE,
    RUNPATH,
    SONAME,
    WRITE,
    R,
    Section,
    Segment,
    W,
    X,
    elf,
    elf_file,
    go_build_info,
    note,
)
from tests.support.read_facts import GO, OTHERS, facts_of, program_of

LOADER = Segment(INTERP, b"/lib64/ld-linux-x86-64.so.2\0")


def test_a_static_program():
    assert program_of() == program(executable_stack=None, needs=Needs("strings", ()))
    assert facts_of(elf()).program == program_of()


def test_a_dynamic_program():
    entries = [(NEEDED, b"libz.so"), (NEEDED, b"libc.so.6"), (RUNPATH, b"/opt/lib")]
    assert program_of(segments=(CODE, LOADER), dynamic=entries) == program(
        linkage="dynamic",
        interpreter="/lib64/ld-linux-x86-64.so.2",
        needed=("libz.so", "libc.so.6"),
        search_paths=("/opt/lib",),
        executable_stack=None,
        needs=Needs("strings", ()),
    )


def test_how_many_libraries_are_told_is_bounded():
    assert len(program_of(segments=(CODE, LOADER), dynamic=[(NEEDED, b"x")] * 60).needed) == 50


def test_a_library_and_an_object():
    library = program_of(kind=DYN, dynamic=[(SONAME, b"libx.so")])
    assert (library.linkage, library.soname, library.needs) == ("shared library", "libx.so", None)
    assert (program_of(kind=1).linkage, program_of(kind=1).needs) == ("object", None)


def test_a_go_program():
    found = program_of(sections=GO, segments=(CODE, Segment(NOTE, note(b"Go", 4, b"id"))))
    settings = {"GOAMD64": "v3", "vcs.modified": "true"}
    assert found == program(
        executable_stack=None,
        x86_level=3,
        go=True,
        go_build=GoBuild("go1.26.6", "cmd", (GoModule("example.com", "v1", "h1:x=", True),), settings),
        needs=Needs("names", (Need("tzdata", "linked", "time.LoadLocation"),), language="Go"),
    )


def test_a_go_program_by_its_note_or_by_its_build_information_alone():
    assert program_of(segments=(CODE, Segment(NOTE, note(b"Go", 4, b"id")))).needs == Needs("none", (), language="Go")
    found = program_of(sections=GO[1:])
    assert (found.go, found.needs) == (True, Needs("none", (), language="Go"))


def test_a_rust_program():
    packed = zlib.compress(b'{"packages":[{"name":"iana-time-zone","version":"3.0.0"}]}')
    comment = b"rustc version 1.80\0GCC: (GNU) 9\0GCC: (GNU) 9\0\0"
    found = program_of(kind=DYN, sections=[Section(".dep-v0", packed), Section(".comment", comment)])
    assert found == program(
        linkage="static-pie",
        executable_stack=None,
        crates=(Crate("iana-time-zone", "3.0.0"),),
        compilers=("GCC: (GNU) 9", "rustc version 1.80"),
        needs=Needs("strings", (Need("tzdata", "linked", "crate iana-time-zone"),), language="Rust"),
    )


def arm_attributes(tag):
    return b"A\x12\0\0\0aeabi\0\1\7\0\0\0\6" + bytes((tag,))


def go_arm(setting):
    return Section(".go.buildinfo", go_build_info(b"go1.26", b"build\tGOARM=" + setting + b"\n"), ALLOC | WRITE)


ARMS = [
    # sections, version, reason
    ([], None, "nothing tells"),
    ([Section(".ARM.attributes", arm_attributes(10))], 7, "the linker"),
    ([go_arm(b"6")], 6, "Go"),
    ([go_arm(b"7,hardfloat")], 7, "Go, with its floats"),
    ([go_arm(b"5,softfloat")], 5, "the same"),
    ([go_arm(b"6"), Section(".ARM.attributes", arm_attributes(10))], 7, "C code in a Go program: the higher one"),
    ([go_arm(b"9")], None, "a version that there is not"),
    ([go_arm(b"")], None, "no version"),
]


@pytest.mark.parametrize("sections, want, reason", ARMS, ids=[row[-1] for row in ARMS])
def test_arm(sections, want, reason):
    assert program_of(machine=ARM, word_size=32, sections=sections).arm_version == want


def test_attributes_of_arm_on_another_machine():
    assert program_of(sections=[Section(".ARM.attributes", arm_attributes(10))]).arm_version is None


LEVELS = [(b"v1", 1), (b"v2", 2), (b"v4", 4), (b"v9", None), (b"3", 3), (b"", None), (b"v", None), ("v٣".encode(), None)]


@pytest.mark.parametrize("setting, level", LEVELS)
def test_levels_of_x86_64_by_go(setting, level):
    info = go_build_info(b"go1.26", b"build\tGOAMD64=" + setting + b"\n")
    assert program_of(sections=[Section(".go.buildinfo", info, ALLOC | WRITE)]).x86_level == level


def test_the_higher_level_counts():
    needed = note(b"GNU", 5, struct.pack("<III", 0xC0008002, 4, 8) + bytes(4))
    found = program_of(sections=GO, segments=(CODE, Segment(NOTE, needed + note(b"GNU", 3, b"\xab"))))
    assert (found.x86_level, found.build_id) == (4, "ab")


MEMORY = [
    # segments, executable_stack, writable_code, reason
    ((CODE,), None, False, "the file does not say"),
    ((CODE, Segment(GNU_STACK, b"", R | W)), False, False, "as it should be"),
    ((CODE, Segment(GNU_STACK, b"", R | W | X)), True, False, "an executable stack"),
    ((CODE, Segment(GNU_STACK, b"", R), Segment(GNU_STACK, b"", X)), False, False, "two: the first"),
    ((Segment(LOAD, b"\xc3", R | W | X),), None, True, "one segment for all"),
    ((CODE, Segment(NOTE, b"", R | W | X)), None, False, "what is not loaded does not count"),
]


@pytest.mark.parametrize("segments, stack, writable, reason", MEMORY)
def test_memory(segments, stack, writable, reason):
    found = program_of(segments=segments)
    assert (found.executable_stack, found.writable_code) == (stack, writable)


def test_leftovers_and_packers():
    debug = Section(".debug_str", b"/tmp/go-build123456/x\0")
    found = program_of(sections=[debug])
    assert (found.build_path, found.strippable_bytes) == ("/tmp/go-build123456", len(debug.content))
    assert program_of(kind=1, sections=[debug]).build_path is None, "of what does not start, nothing is looked for"
    packed = program_of(segments=(CODE, Segment(LOAD, b"UPX!" + bytes(2000) + b"UPX!")))
    assert (packed.packed, packed.needs) == (True, Needs("none", ()))


SYSTEMS = [
    # EI_OSABI, GOOS, system, reason
    (0, None, None, "no Go"),
    (9, None, "FreeBSD", "by its ABI"),
    (0, b"linux", None, "GOOS=linux"),
    (0, b"android", None, "Linux as well"),
    (0, b"dragonfly", "dragonfly (GOOS)", "it has no other mark"),
    (0, b"plan9", "plan9 (GOOS)", "whatever it is called"),
    (9, b"freebsd", "FreeBSD", "the ABI has the better name"),
    (9, b"linux", "FreeBSD", "one mark is enough"),
]


@pytest.mark.parametrize("abi, goos, want, reason", SYSTEMS)
def test_systems(abi, goos, want, reason):
    info = go_build_info(b"go1.26", b"build\tGOOS=" + (goos or b"") + b"\n")
    sections = [Section(".go.buildinfo", info, ALLOC | WRITE)] if goos else []
    assert program_of(os_abi=abi, sections=sections).foreign_os == want


@pytest.mark.parametrize("content, want, reason", OTHERS, ids=[row[-1] for row in OTHERS])
def test_other_files(content, want, reason):
    assert facts_of(content) == want


def test_every_beginning_of_a_program_gives_facts():
    """Wherever a file was truncated there is an answer, and it is a program only where all is there that a kernel reads."""
    content = elf_file(sections=GO, segments=(CODE, Segment(NOTE, note(b"Go", 4, b"id"))))
    end = max(segment.offset + segment.file_size for segment in read_elf(memoryview(content)).segments)
    for length in range(len(content)):
        facts = facts_of(content[:length])
        assert [facts.program, facts.broken, facts.script, facts.other].count(None) == 3
        assert (facts.program is not None) == (length >= end)
        assert BinaryFacts.from_json(facts.to_json()) == facts


def test_the_running_interpreter():
    """A real program: whatever else it is, it is one."""
    if sys.platform != "linux":
        pytest.skip("the interpreter is not an ELF program")
    with open(sys.executable, "rb") as file:
        found = facts_of(file.read()).program
    assert found.linkage in ("dynamic", "static", "static-pie")
    assert (found.linkage == "dynamic") == bool(found.interpreter)
