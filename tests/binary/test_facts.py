"""Pins down the facts of a file, whatever it holds: what is said of it, as JSON and by the process that reads it."""

from __future__ import annotations

import io
import json
import random

import pytest

from scratch_image.binary.__main__ import main
from scratch_image.binary.elf import ElfHeader
from scratch_image.binary.facts import BinaryFacts, read_facts
from scratch_image.binary.platform import UnknownMachine, platform_of

AMD64 = b"\x7fELF\x02\x01\x01\x00" + bytes(8) + b"\x02\x00\x3e\x00"


def facts_of(content):
    return read_facts(io.BytesIO(content))


def test_an_elf_file():
    facts = facts_of(AMD64 + b"rest" * 100)
    assert facts == BinaryFacts((AMD64 + b"rest" * 100)[:64], ElfHeader(64, "little", 62), None)
    assert facts.to_dict() == {"elf": {"wordSize": 64, "endianness": "little", "machine": 62}}


NOT_ELF = [
    # content, what the sentence must hold, reason
    (b"", "empty", "nothing"),
    (b"#!/bin/sh\nexit\n", "'#!/bin/sh'", "a script: its first line"),
    (b"#!/bin/sh\r\nexit\r\n", "'#!/bin/sh'", "a script with DOS line ends"),
    (b"text without an end", "'text without an end'", "a line without its end"),
    (b"\xcf\xfa\xed\xfe\x07\x00\x00\x01\x03", "cf fa ed fe 07 00 00 01", "Mach-O: its first bytes"),
    (b"MZ\x90\x00\x03", "4d 5a 90 00 03", "Windows: begins like text and is none"),
    (b"\n\n", "0a 0a", "an empty first line says nothing"),
    (b"\x1b[31mred\n", "1b 5b 33", "an escape sequence is never shown as it is"),
    (b"Gr\xc3\xbc\xc3\x9fe\n", "47 72 c3", "text that is not ASCII"),
    (b"\x7fEL", "7f 45 4c", "the magic number cut off"),
    (b"\x7fELF\x02", "5 bytes", "ELF, and cut off"),
    (b"\x7fELF\x09" + AMD64[5:], "EI_CLASS is 9", "ELF, and wrong"),
]


@pytest.mark.parametrize("content, named, reason", NOT_ELF)
def test_not_an_elf_file(content, named, reason):
    facts = facts_of(content)
    assert facts.elf is None
    assert named in facts.not_elf
    assert facts.head == content[:64]
    assert facts.to_dict() == {}


def test_json():
    assert json.loads(facts_of(AMD64).to_json()) == {
        "head": AMD64.hex(),
        "elf": {"wordSize": 64, "endianness": "little", "machine": 62},
        "notElf": None,
    }
    assert json.loads(facts_of(b"").to_json())["elf"] is None


@pytest.mark.parametrize("content", [AMD64, *(row[0] for row in NOT_ELF)])
def test_json_round_trip(content):
    facts = facts_of(content)
    assert BinaryFacts.from_json(facts.to_json()) == facts


def _fuzz():
    source = random.Random(3)
    noise = [bytes(source.randrange(256) for _ in range(source.randrange(200))) for _ in range(300)]
    changed = []
    for _ in range(300):
        data = bytearray(AMD64 + bytes(20))
        for _ in range(source.randrange(1, 5)):
            data[source.randrange(4, len(data))] = source.randrange(256)
        changed.append(bytes(data))
    return [*(AMD64[:length] for length in range(len(AMD64))), *noise, *(b"\x7fELF" + data for data in noise), *changed]


def test_any_bytes_give_facts():
    """Either a header or a reason, the bytes themselves, and JSON that says the same."""
    seen = set()
    for content in _fuzz():
        facts = facts_of(content)
        assert facts.head == content[:64]
        assert (facts.elf is None) != (facts.not_elf is None)
        assert BinaryFacts.from_json(facts.to_json()) == facts
        if facts.elf:
            try:
                seen.add(platform_of(facts.elf).os)
            except UnknownMachine:
                seen.add("unknown")
    assert seen == {"linux", "unknown"}


def test_the_process_answers_with_facts(tmp_path, capfdbinary):
    (tmp_path / "binary").write_bytes(AMD64)
    assert main([str(tmp_path / "binary")]) == 0
    out, err = capfdbinary.readouterr()
    assert BinaryFacts.from_json(out) == facts_of(AMD64)
    assert err == b""


@pytest.mark.parametrize("name, reason", [("missing", "there is none"), (".", "a directory")])
def test_the_process_says_what_it_can_not_read(tmp_path, capfdbinary, name, reason):
    assert main([str(tmp_path / name)]) == 1
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert err.startswith(b"the file could not be read: ") and err.count(b"\n") == 1
