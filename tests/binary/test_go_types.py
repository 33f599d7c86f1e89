"""Pins down which types a Go program has and whose they are, for each width and byte order of a CPU."""

from __future__ import annotations

import random
import struct

import pytest

from scratch_image.binary.blame import blame
from scratch_image.binary.elf import read_elf
from scratch_image.binary.go_references import read_targets
from scratch_image.binary.go_types import read_types
from tests.support.go_types import ARRAY, CHAN, FUNC, INTERFACE, MAP, POINTER, SLICE, STRING, STRUCT, Region
from tests.support.programs import ALLOC, EXECINSTR, WRITE, Section, elf_file, go_table

BASE = 0x100000


def region(**layout):
    """(the region, want: address → package, name → address of the first type that uses it)"""
    made = Region(BASE, **layout)
    http, other, method, text = (made.name(name) for name in (b"net/http", b"x/" * 100, b"Do", b"int"))
    plain = made.type(STRING, text)
    client = made.type(STRUCT, text, path=http, fields=[method], links=[plain], methods=[method, text])
    unused = made.type(SLICE, text, links=[plain])
    want = {
        client: "net/http",
        # What has no package of its own has that of the first type in it, or of the first that it is in.
        plain: "net/http",
        unused: "net/http",
        made.type(POINTER, text, links=[client]): "net/http",
        made.type(INTERFACE, text, path=other, fields=[method, text], methods=[method]): "x/" * 100,
        made.type(ARRAY, text, links=[client]): "net/http",
        made.type(CHAN, text, links=[client]): "net/http",
        made.type(FUNC, text, links=[plain, client]): "net/http",
        made.type(MAP, text, path=other, links=[plain, client]): "x/" * 100,
        made.type(STRUCT, text): None,
        made.type(STRING, text, path=other): "x/" * 100,
    }
    names = {BASE + text: plain, BASE + http: client, BASE + method: client}
    return made, want, names


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("word", [4, 8])
@pytest.mark.parametrize("map_words", [4, 7, 10])
def test_types_and_their_packages(order, word, map_words):
    if (word, map_words) == (4, 4):
        pytest.skip("a word of 4 bytes makes this map as large as another one")
    made, want, names = region(order=order, word=word, map_words=map_words)
    found = read_types(memoryview(made.content + b"text that follows" * 9), BASE, word, order)
    assert found.packages == want
    assert {place: found.named[place] for place in names} == names


@pytest.mark.parametrize("kind, count", [(STRUCT, 1 << 40), (INTERFACE, 1 << 30), (STRUCT, 3)])
def test_what_is_no_type(kind, count):
    """A list of fields that is elsewhere, or longer than the file, is that of no type."""
    made = Region(BASE)
    at = made.type(kind, made.name(b"T")) - BASE
    struct.pack_into("<QQQ", made.content, at + 56, BASE + 8 if count == 3 else BASE + len(made.content), count, count)
    assert read_types(memoryview(bytes(made.content)), BASE, 8, "<").packages == {}


def test_damaged_types_are_read_to_their_end():
    """In as many steps as there are bytes, whatever is in them."""
    made, _, _ = region()
    for seed in range(200):
        damaged, chance = bytearray(made.content), random.Random(seed)
        for _ in range(chance.randrange(1, 40)):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
        found = read_types(memoryview(bytes(damaged)), BASE, chance.choice((4, 8)), chance.choice("<>"))
        assert len(found.packages) <= len(damaged) // 32


LEA, LOAD, ANY = b"\x48\x8d\x05", b"\x48\x8b\x0d", b"\x90" * 5


def test_what_instructions_name():
    def named(opcode, at, target):
        return opcode + struct.pack("<i", target - (at + 7))

    code = named(LEA, 0, 1000) + ANY + named(LOAD, 12, 2000) + named(LEA, 19, 1000) + named(LOAD, 26, 1500)
    assert read_targets(memoryview(code), 0, 62, 900, 1900, 3000) == {1000: 7, 2000: 19}
    # ADRP X0, page; ADD X0, X0, #0x10
    code = struct.pack("<III", 0xD503201F, 0x90000000 | 1 << 29, 0x91000000 | 0x10 << 10)
    assert read_targets(memoryview(code), 0x4000, 183, 0, 0, 1 << 20) == {0x5010: 4}
    assert read_targets(memoryview(code), 0x4000, 243, 0, 0, 1 << 20) == {}


FUNCTIONS = ((b"example.com/a.F", 64), (b"example.com/b.G", 64))
TEXT = b"a text of package b, which is as long as it is" + bytes(18)


def program(places=(0, 0, 0, 0, 0)):
    """A program of two functions: the first one uses a type, the second one a text; and the places of its sections."""
    code, rodata, table = places[:3]
    made = Region(rodata)
    path, name = made.name(b"example.com/t"), made.name(b"*t.T")
    made.type(STRUCT, name, path=path)
    made.content += bytes(-len(made.content) % 64)
    text = rodata + len(made.content)
    first = LEA + struct.pack("<i", rodata + 100 - code - 7 if code else 0) + b"\x90" * 57
    second = LEA + struct.pack("<i", text - (code + 64) - 7 if code else 0) + b"\x90" * 57
    words = [0] * 48
    words[0], words[22], words[37], words[38] = table, code, rodata, text + len(TEXT)
    sections = [
        Section(".text", first + second, ALLOC | EXECINSTR),
        Section(".rodata", bytes(made.content) + TEXT, ALLOC),
        Section(".gopclntab", go_table(FUNCTIONS), ALLOC),
        Section(".noptrdata", struct.pack("<48Q", *words), ALLOC | WRITE),
        Section(".data", struct.pack("<QQ", text + 10, 5), ALLOC | WRITE),
    ]
    content = elf_file(segments=(), sections=sections)
    return content, [segment.address for segment in read_elf(memoryview(content)).segments]


def test_the_data_of_a_program():
    content, _ = program(program()[1])
    sizes = {(part.kind, part.name): part.size for part in blame(memoryview(content))}
    assert sum(sizes.values()) == len(content)
    assert sizes["package", "example.com/t"] > 90
    # Its function, row, record and name, and the text.
    assert sizes["package", "example.com/b"] == 64 + 8 + 44 + len("example.com/b.G") + 1 + len(TEXT)
    assert sizes["section", ".rodata"] == 8
