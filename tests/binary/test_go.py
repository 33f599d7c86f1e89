"""Pins down Go's build information in all its encodings, and where the table of functions' names is found."""

from __future__ import annotations

import struct

import pytest

from scratch_image.binary.elf import read_elf
from scratch_image.binary.go import GoBuild, GoModule, read_build
from scratch_image.binary.pclntab import read_names
from scratch_image.binary.sections import read_sections
from tests.support.programs import (
    ALLOC,
    BASE,
    CODE,
    LOAD,
    WRITE,
    R,
    Section,
    Segment,
    W,
    elf_file,
    go_build_info,
    go_names,
    varint,
)

FORMS = [(64, False), (64, True), (32, False), (32, True)]
MAGIC = b"\xff Go buildinf:"
LINES = b"path\texample.com/cmd\nmod\texample.com\tv1.2.3\th1:abc=\nbuild\tGOARCH=arm\nbuild\tGOARM=6\n"
BUILD = GoBuild(
    "go1.26.6", "example.com/cmd", (GoModule("example.com", "v1.2.3", "h1:abc=", True),), {"GOARCH": "arm", "GOARM": "6"}
)


def build_of(*, segments=(), sections=(), **shape):
    elf = read_elf(memoryview(elf_file(segments=(CODE, *segments), sections=sections, **shape)))
    return read_build(elf, read_sections(elf))


def parsed(lines):
    return build_of(sections=[Section(".go.buildinfo", go_build_info(b"go1.26.6", lines), ALLOC | WRITE)])


@pytest.mark.parametrize("word_size, big_endian", FORMS)
def test_inline_texts(word_size, big_endian):
    """Since Go 1.18 they are the same for every CPU."""
    shape = dict(word_size=word_size, big_endian=big_endian)
    info = go_build_info(b"go1.26.6", LINES)
    assert build_of(sections=[Section(".go.buildinfo", info, ALLOC | WRITE)], **shape) == BUILD
    assert build_of(segments=[Segment(LOAD, info, R | W)], **shape) == BUILD, "found without a section"


@pytest.mark.parametrize("word_size, big_endian", FORMS)
def test_pointers_to_texts(word_size, big_endian):
    """Before Go 1.18 there are two pointers to string headers, in the form of the CPU."""
    word, order = word_size // 8, ">" if big_endian else "<"
    pack = struct.Struct(order + ("QQ" if word == 8 else "II")).pack
    at, version, info = 0x7000, b"go1.17", b"0" * 16 + LINES + b"1" * 16
    texts = at + 64
    pointers = pack(at + 32, at + 32 + 2 * word).ljust(16, b"\0")
    headers = pack(texts, len(version)) + pack(texts + len(version), len(info))
    data = MAGIC + bytes((word, int(big_endian))) + pointers + headers.ljust(32, b"\0") + version + info
    segment = Segment(LOAD, data, R | W, at)
    found = build_of(segments=[segment], word_size=word_size, big_endian=big_endian)
    assert found == GoBuild("go1.17", BUILD.path, BUILD.modules, BUILD.settings)
    far = data.replace(pack(texts, len(version)), pack(0x123, len(version)))
    assert build_of(segments=[Segment(LOAD, far, R | W, at)], word_size=word_size, big_endian=big_endian) is None


def test_a_version_without_modules():
    """As `go build` of a single file left it for years, and as other build tools leave it."""
    info = go_build_info(b"go1.20", b"", sentinels=False)
    assert build_of(segments=[Segment(LOAD, info, R | W)]) == GoBuild("go1.20", "", (), {})


@pytest.mark.parametrize("length", [0, 1, 127, 128, 16383, 16384, 100_000])
def test_lengths_of_every_size(length):
    build = build_of(segments=[Segment(LOAD, go_build_info(b"go1.26", b"path\t" + b"x" * length + b"\n"), R | W)])
    assert build.path == "x" * length


TEXTS = [
    # lines, modules, settings, reason
    (b"", (), {}, "nothing"),
    (
        b"mod\ta\tv1\th1:x=\ndep\tb\tv2\th1:y=\n",
        ("main a v1 h1:x=", "b v2 h1:y="),
        {},
        "the main module and what it depends on",
    ),
    (b"mod\ta\t(devel)\t\n", ("main a (devel) ",), {}, "a version that is not known"),
    (b"mod\ta\t(devel)\n", ("main a (devel) ",), {}, "no field for the sum"),
    (b"dep\ta\n", ("a  ",), {}, "a path alone"),
    (b"dep\ta\tv1\th1:x=\textra\n", ("a v1 h1:x=",), {}, "a field that is not known"),
    (b"dep\ta\tv1\n=>\tb\tv2\th1:y=\n", ("b v2 h1:y= for a",), {}, "replaced by another module"),
    (b"dep\ta\tv1\n=>\t./local\t\t\ndep\tc\tv3\n", ("./local   for a", "c v3 "), {}, "replaced by a directory"),
    (b"mod\ta\tv1\n=>\tb\tv2\n", ("main b v2  for a",), {}, "a main module that is replaced"),
    (b"dep\ta\tv1\n=>\tb\tv2\n=>\tc\tv3\n", ("c v3  for b",), {}, "a replacement of a replacement"),
    (b"=>\tb\tv2\n", ("b v2 ",), {}, "a replacement of nothing"),
    (b"build\t-ldflags=-s\n", (), {"-ldflags": "-s"}, "a setting"),
    (b'build\t-ldflags="-s -w"\n', (), {"-ldflags": "-s -w"}, "in quotes, for its blank"),
    (b'build\tX="a \\"b\\" \\\\ c"\n', (), {"X": 'a "b" \\ c'}, "quotes and a backslash in quotes"),
    (b'build\tX="a\\tb\\nc"\n', (), {"X": "a\tb\nc"}, "a tab and a line's end"),
    (b'build\tX="a\\\\nb"\n', (), {"X": "a\\nb"}, "a backslash before an n"),
    (b'build\tX="a \\x00\\u200b"\n', (), {"X": "a \\x00\\u200b"}, "what cannot be printed stays in escapes"),
    (b'build\tX=`a "b"`\n', (), {"X": 'a "b"'}, "in backticks"),
    (b"build\tX=a=b\n", (), {"X": "a=b"}, "an equals sign in the value"),
    (b"build\tX=\n", (), {"X": ""}, "an empty value"),
    (b'build\t"X Y"=z\n', (), {"X Y": "z"}, "a key in quotes"),
    (b'build\tX="\n', (), {"X": '"'}, "one quote"),
    (b"build\tX\nbuild\n", (), {}, "no value"),
    (b"mod\n=>\ndep\npath\n\n\t\n", (), {}, "lines without fields"),
    (b"future\tx\ty\n", (), {}, "a line that is not known"),
    (b"build\tX=\xff\n", (), {"X": "\\xff"}, "no UTF-8"),
]


def shown(module):
    text = " ".join((module.path, module.version, module.sum))
    return f"{'main ' if module.main else ''}{text}{f' for {module.replaced}' if module.replaced else ''}"


@pytest.mark.parametrize("lines, modules, settings, reason", TEXTS)
def test_lines(lines, modules, settings, reason):
    build = parsed(b"path\tp\n" + lines)
    assert tuple(map(shown, build.modules)) == modules
    assert (build.version, build.path, build.settings) == ("go1.26.6", "p", settings)


GOOD = go_build_info(b"go1.26.6", LINES)
NONE = [
    # bytes of a writable segment, reason
    (b"", "nothing"),
    (b"\xff Go buildinf", "the mark truncated"),
    (GOOD[:31], "a header that is not whole"),
    (GOOD[:32], "no version"),
    (GOOD[:36], "a version that is truncated"),
    (GOOD[:32] + varint(0) + varint(0), "an empty version"),
    (GOOD[:32] + varint(1 << 62) + b"go", "a version longer than the file"),
    (GOOD[:32] + b"\xff" * 64, "a length without an end"),
    (b"x" + GOOD, "not where the linker puts it: at a multiple of 16"),
    (GOOD[:14] + b"\x08\0" + GOOD[16:], "pointers to nothing"),
    (GOOD[:14] + b"\x07\0" + GOOD[16:], "pointers of seven bytes"),
    (MAGIC + b"\x08\0" + b"\xff" * 16, "pointers to the end of numbers"),
]


@pytest.mark.parametrize("content, reason", NONE)
def test_no_build_information(content, reason):
    assert build_of(segments=[Segment(LOAD, content, R | W)]) is None


def test_modules_that_are_cut_off_are_not_read():
    """The version is there, so it is a Go program; half a list of modules would be a wrong one."""
    assert build_of(segments=[Segment(LOAD, GOOD[:-1], R | W)]) == GoBuild("go1.26.6", "", (), {})


def test_what_is_not_written_to_is_not_searched():
    """A program may hold the mark as a text: a linker, or a tool like this one."""
    assert build_of(segments=[Segment(LOAD, GOOD, R)]) is None
    assert build_of(segments=[Segment(LOAD, b"x" * 32 + GOOD, R | W)]) == BUILD


def test_a_section_of_another_content_is_not_believed():
    assert build_of(sections=[Section(".go.buildinfo", b"x" * 16 + GOOD, ALLOC | WRITE)]) == BUILD


NAMES = [b"go:buildid", b"runtime.main", b"main.main"]
FILES = [b"/src/main.go"]


def names_of(*, segments=(), sections=(), **shape):
    content = elf_file(segments=(CODE, *segments), sections=sections, **shape)
    elf = read_elf(memoryview(content))
    found = read_names(elf, read_sections(elf))
    return found and tuple(content[start:end] for start, end in found)


@pytest.mark.parametrize("release", ["1.20", "1.18", "1.16"])
@pytest.mark.parametrize("word_size, big_endian", FORMS)
@pytest.mark.parametrize("section", [".gopclntab", ".data.rel.ro.gopclntab", None])
def test_names_of_functions(release, word_size, big_endian, section):
    """With a section, and by its header where `strip` left none."""
    table = go_names(NAMES, FILES, release=release, word=word_size // 8, order=">" if big_endian else "<") + b"rest"
    if section:
        where = dict(sections=[Section(section, table, ALLOC)])
    else:
        where = dict(segments=[Segment(LOAD, b"before\xf1\xff\xff\xff, behind it" + bytes(16) + table)])
    found = names_of(word_size=word_size, big_endian=big_endian, **where)
    functions = b"go:buildid\0runtime.main\0main.main\0"
    assert found == (functions, functions + b"/src/main.go\0")


TABLE = go_names(NAMES, FILES)
NO_NAMES = [
    (b"", "nothing"),
    (b"\xfb\xff\xff\xff" + TABLE[4:], "the magic number of Go 1.2, whose names are elsewhere"),
    (b"\xf2\xff\xff\xff" + TABLE[4:], "a magic number that there is not yet"),
    (TABLE[:4] + b"\1" + TABLE[5:], "padding that is not zero"),
    (TABLE[:6] + b"\3" + TABLE[7:], "instructions of three bytes"),
    (TABLE[:7] + b"\2" + TABLE[8:], "pointers of two bytes"),
    (TABLE[:32] + bytes(8) + TABLE[40:], "names at the header itself"),
    (TABLE[:32] + struct.pack("<Q", 1 << 40) + TABLE[40:], "names behind their end"),
    (TABLE[:56] + struct.pack("<Q", 1 << 40) + TABLE[64:], "an end behind the file's"),
]


@pytest.mark.parametrize("table, reason", NO_NAMES, ids=[row[-1] for row in NO_NAMES])
def test_no_names(table, reason):
    assert names_of(sections=[Section(".gopclntab", table, ALLOC)]) is None
    assert names_of(segments=[Segment(LOAD, table)]) is None


def test_a_header_that_is_cut_off_by_the_files_end():
    assert names_of(segments=[Segment(LOAD, TABLE[:71])]) is None


def test_a_header_of_the_other_byte_order_is_not_read():
    """Its magic number is known, and its offsets lead out of the file."""
    assert names_of(segments=[Segment(LOAD, go_names(NAMES, order=">"))]) is None


def test_names_are_searched_in_what_is_loaded():
    assert names_of(segments=[Segment(4, TABLE)]) is None
    assert BASE and names_of(segments=[Segment(LOAD, TABLE)]) is not None
