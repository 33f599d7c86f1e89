"""Pins down the list of crates that `cargo auditable` leaves: what is read of it, and that nothing in it does harm."""

from __future__ import annotations

import json
import zlib

import pytest

from scratch_image.binary.elf import read_elf
from scratch_image.binary.rust import Crate, read_crates
from scratch_image.binary.sections import read_sections
from tests.support.programs import Section, elf_file


def crates_of(packed, name=".dep-v0"):
    elf = read_elf(memoryview(elf_file(sections=[Section(name, packed)])))
    return read_crates(elf, read_sections(elf))


def listed(packages):
    return zlib.compress(json.dumps({"packages": packages}).encode())


PACKAGES = [
    {"name": "ring", "version": "0.17.8", "source": "registry"},
    {"name": "app", "version": "1.0.0", "source": "local", "root": True, "dependencies": [0]},
    {"name": "cc", "version": "1.1.0", "source": "registry", "kind": "build"},
    {"name": "itoa", "version": "1.0.1", "source": "registry", "kind": "runtime"},
]


def test_crates_of_the_build_are_left_out_and_the_rest_is_sorted():
    assert crates_of(listed(PACKAGES)) == (Crate("app", "1.0.0"), Crate("itoa", "1.0.1"), Crate("ring", "0.17.8"))


def test_two_versions_of_a_crate():
    twice = [{"name": "a", "version": version} for version in ("2.0.0", "1.0.0", "2.0.0")]
    assert crates_of(listed(twice)) == (Crate("a", "1.0.0"), Crate("a", "2.0.0"))


def test_a_program_without_the_section():
    assert crates_of(listed(PACKAGES), ".dep-v1") == ()


def test_characters_that_are_none():
    """JSON's escapes can spell half a surrogate pair, which no UTF-8 can hold."""
    (crate,) = crates_of(listed([{"name": "\ud800", "version": "\x1b[2J"}]))
    assert (crate.name, crate.version) == ("\\ud800", "\\x1b[2J")
    assert crate.name.encode("utf-8")


GOOD = listed(PACKAGES)
NO_LIST = [
    (b"", "nothing"),
    (b"no zlib", "no zlib"),
    (GOOD[:-20], "truncated"),
    (GOOD[:2], "its header alone"),
    (b"\0" + GOOD, "something before it"),
    (zlib.compress(b""), "no JSON"),
    (zlib.compress(b"{"), "half of a JSON"),
    (zlib.compress(b"\xff\xfe\xff"), "JSON of no encoding"),
    (zlib.compress(b"[" * 100_000), "JSON far too deep"),
    (zlib.compress(b'{"packages":' + b"[" * 100_000), "crates far too deep"),
    (zlib.compress(b"[]"), "a list in the place of the dict"),
    (zlib.compress(b"null"), "null"),
    (zlib.compress(b"1"), "a number"),
    (zlib.compress(b'"packages"'), "a string"),
    (zlib.compress(b"{}"), "no packages"),
    (listed(None), "packages that are null"),
    (listed(7), "packages that are a number"),
    (listed("abc"), "packages that are a string"),
    (listed({"a": 1}), "packages that are a dict"),
    (listed([None]), "a package that is null"),
    (listed([["a", "1"]]), "a package that is a list"),
    (listed([{"name": "a"}]), "a package without a version"),
    (listed([{"version": "1"}]), "a package without a name"),
    (listed([*PACKAGES, {}]), "one wrong package among good ones"),
]


@pytest.mark.parametrize("packed, reason", NO_LIST, ids=[row[-1] for row in NO_LIST])
def test_what_is_no_list_has_no_crates(packed, reason):
    assert crates_of(packed) == ()


def test_an_empty_list():
    assert crates_of(listed([])) == ()


def test_how_much_is_unpacked_is_bounded():
    """What is behind 8 MiB of blanks is not there, so that half a list is none."""
    text = json.dumps({"packages": PACKAGES}).encode()
    assert crates_of(zlib.compress(b" " * ((8 << 20) - len(text)) + text)) != ()
    assert crates_of(zlib.compress(b" " * ((8 << 20) - len(text) + 1) + text)) == ()
