"""Pins down the facts of programs as JSON has them, and the process that prints them."""

from __future__ import annotations

import json

import pytest

from scratch_image.binary.__main__ import main
from scratch_image.binary.evidence import Need
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.go import GoBuild, GoModule
from scratch_image.binary.needs import Needs
from scratch_image.binary.rust import Crate
from tests.support.facts import STATIC, program
from tests.support.programs import elf
from tests.support.read_facts import OTHERS, facts_of

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
