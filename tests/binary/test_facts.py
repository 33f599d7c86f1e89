"""Pins down the facts of a file, whatever it holds: what is found, its JSON, and the process that says it."""

from __future__ import annotations

import json
import struct
import sys
import zlib

import pytest

from scratch_image.binary.__main__ import main
from scratch_image.binary.elf import read_elf
from scratch_image.binary.evidence import Need
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.go import GoBuild, GoModule
from scratch_image.binary.needs import Needs
from scratch_image.binary.read import read_facts
from scratch_image.binary.rust import Crate
from tests.support.facts import STATIC, program
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
    go_names,
    note,
)

LOADER = Segment(INTERP, b"/lib64/ld-linux-x86-64.so.2\0")
INFO = b"path\tcmd\nmod\texample.com\tv1\th1:x=\nbuild\tGOAMD64=v3\nbuild\tvcs.modified=true\n"
GO = (
    Section(".gopclntab", go_names([b"runtime.main", b"time.LoadLocation"]), ALLOC),
    Section(".go.buildinfo", go_build_info(b"go1.26.6", INFO), ALLOC | WRITE),
)


def facts_of(content):
    return read_facts(memoryview(content))


def program_of(**shape):
    return facts_of(elf_file(**shape)).program


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


@pytest.mark.parametrize("content, want, reason", OTHERS, ids=[row[-1] for row in OTHERS])
def test_other_files(content, want, reason):
    assert facts_of(content) == want


ALL = program(
    interpreter="/lib/ld.so",
    needed=("a", "b"),
    search_paths=("/x",),
    soname="s",
    foreign_os="FreeBSD",
    x86_level=2,
    arm_version=7,
    build_id="ab",
    executable_stack=True,
    writable_code=True,
    packed=True,
    go=True,
    go_build=GoBuild(
        "go1.26",
        "p",
        (GoModule("m", "v1", "h1:=", True), GoModule("n", "", "", replaced="o")),
        {"GO_ARCH": "x", "EMPTY": ""},
    ),
    crates=(Crate("c", "1"), Crate("d", "2")),
    compilers=("GCC", "Grüße"),
    build_path="/tmp/x",
    strippable_bytes=3,
    needs=Needs(
        "strings", (Need("tmp", "hint", "/tmp"), Need("users", "linked", "f")), ("tzdata",), ("users",), "/c", "C", True
    ),
    go_packages=("example.com/a", "example.com/b"),
)
ROUND_TRIPS = [
    BinaryFacts(program=ALL),
    BinaryFacts(program=STATIC),
    BinaryFacts(program=program(needs=None)),
    BinaryFacts(program=program(go_build=GoBuild("", "", (), {}))),
    BinaryFacts(broken="x"),
    BinaryFacts(script="/bin/sh é \ud800"),
    BinaryFacts(other="y"),
    *(row[1] for row in OTHERS),
]


@pytest.mark.parametrize("facts", ROUND_TRIPS)
def test_json_round_trip(facts):
    assert BinaryFacts.from_json(facts.to_json()) == facts


def test_json_is_the_same_for_the_same_facts():
    """The JSON is a process's output: another text for the same facts would make everything behind it anew."""
    assert BinaryFacts.from_json(BinaryFacts(program=ALL).to_json()).to_json() == BinaryFacts(program=ALL).to_json()


def test_facts_for_image_json():
    """Names are as JSON has them, except Go's own; what is not known, false or empty is absent."""
    assert program().to_dict() == {
        "wordSize": 64,
        "endianness": "little",
        "machine": 62,
        "linkage": "static",
        "strippableBytes": 0,
        "needs": {"evidence": "names"},
    }
    assert ALL.to_dict() == {
        "wordSize": 64,
        "endianness": "little",
        "machine": 62,
        "linkage": "static",
        "interpreter": "/lib/ld.so",
        "needed": ["a", "b"],
        "searchPaths": ["/x"],
        "soname": "s",
        "foreignOs": "FreeBSD",
        "x86Level": 2,
        "armVersion": 7,
        "buildId": "ab",
        "executableStack": True,
        "writableCode": True,
        "packed": True,
        "go": True,
        "goBuild": {
            "version": "go1.26",
            "path": "p",
            "modules": [
                {"path": "m", "version": "v1", "sum": "h1:=", "main": True},
                {"path": "n", "replaced": "o"},
            ],
            "settings": {"GO_ARCH": "x", "EMPTY": ""},
        },
        "crates": [{"name": "c", "version": "1"}, {"name": "d", "version": "2"}],
        "compilers": ["GCC", "Grüße"],
        "buildPath": "/tmp/x",
        "strippableBytes": 3,
        "needs": {
            "evidence": "strings",
            "found": [
                {"name": "tmp", "level": "hint", "evidence": "/tmp"},
                {"name": "users", "level": "linked", "evidence": "f"},
            ],
            "embedded": ["tzdata"],
            "unclear": ["users"],
            "opensslCertFile": "/c",
            "language": "C",
            "cgo": True,
        },
        "goPackages": ["example.com/a", "example.com/b"],
    }


def test_every_beginning_of_a_program_gives_facts():
    """Wherever a file was truncated there is an answer, and it is a program only where all is there that a kernel reads."""
    content = elf_file(sections=GO, segments=(CODE, Segment(NOTE, note(b"Go", 4, b"id"))))
    end = max(segment.offset + segment.file_size for segment in read_elf(memoryview(content)).segments)
    for length in range(len(content)):
        facts = facts_of(content[:length])
        assert [facts.program, facts.broken, facts.script, facts.other].count(None) == 3
        assert (facts.program is not None) == (length >= end)
        assert BinaryFacts.from_json(facts.to_json()) == facts


@pytest.mark.parametrize("content", [elf(), *(row[0] for row in OTHERS)], ids=["a program", *(row[-1] for row in OTHERS)])
def test_the_process_answers_with_facts(tmp_path, capfdbinary, content):
    (tmp_path / "binary").write_bytes(content)
    assert main([str(tmp_path / "binary")]) == 0
    out, err = capfdbinary.readouterr()
    assert BinaryFacts.from_json(out) == facts_of(content)
    assert json.loads(out) and err == b""


@pytest.mark.parametrize("name, reason", [("missing", "there is none"), (".", "a directory")])
def test_the_process_says_what_it_can_not_read(tmp_path, capfdbinary, name, reason):
    assert main([str(tmp_path / name)]) == 1
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert err.startswith(b"the file could not be read: ") and err.count(b"\n") == 1


def test_the_running_interpreter():
    """A real program: whatever else it is, it is one."""
    if sys.platform != "linux":
        pytest.skip("the interpreter is not an ELF program")
    with open(sys.executable, "rb") as file:
        found = facts_of(file.read()).program
    assert found.linkage in ("dynamic", "static", "static-pie")
    assert (found.linkage == "dynamic") == bool(found.interpreter)
