"""Pins down which directories of a build are found in a program, and what counts as strippable."""

from __future__ import annotations

import pytest

from scratch_image.binary import scan
from scratch_image.binary.elf import read_elf
from scratch_image.binary.leftovers import build_path, strippable_bytes
from scratch_image.binary.sections import Section as Found
from tests.support.programs import ALLOC, Section, elf_file


def path_in(content):
    return build_path(read_elf(memoryview(elf_file(sections=[Section(".debug_str", content)]))))


PATHS = [
    # text, what is found, reason
    (b"/tmp/pants-sandbox-Ab3dE9/src/main.c\0", "/tmp/pants-sandbox-Ab3dE9", "Pants' sandbox"),
    (b"\0/tmp/pants-sandbox-Ab3dE9\0", "/tmp/pants-sandbox-Ab3dE9", "the directory itself"),
    (b"/tmp/go-build1234567890/b001/main.go\0", "/tmp/go-build1234567890", "go build's"),
    (b"/tmp/rustcAbCdEf/symbols.o\0", "/tmp/rustcAbCdEf", "rustc's"),
    (b"/home/me/.tmp+1/pants-sandbox-abc123/", "/home/me/.tmp+1/pants-sandbox-abc123", "somebody's own TMPDIR"),
    (b"-fdebug-prefix-map=/x/pants-sandbox-abc123/=", "/x/pants-sandbox-abc123", "within an option"),
    (b"/" + b"d" * 200 + b"/go-build123456/", "d" * 80 + "/go-build123456", "a long path: its end"),
    (b"/a/pants-sandbox-abc123/go-build123456/", "/a/pants-sandbox-abc123", "the upper one of two"),
    (b"\xff/go-build123456/", "/go-build123456", "after what is no path"),
]


@pytest.mark.parametrize("text, want, reason", PATHS)
def test_directories_with_random_names(text, want, reason):
    assert path_in(text) == want


ORDINARY = [
    (b"/tmp/data\0/tmp/\0", "a program's own temporary files"),
    (b"/usr/src/go-build/main.go\0", "a directory of that name, without digits"),
    (b"/tmp/go-build12345\0", "too few digits"),
    (b"/tmp/go-buildabcdef/\0", "letters in the place of digits"),
    (b"/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/rt.rs\0", "where the standard library was built"),
    (b"/usr/bin/rustc\0", "the compiler"),
    (b"/tmp/rustcAbCdE/\0", "a name that is too short"),
    (b"/tmp/rustcAbCdEfG/\0", "a name that is too long"),
    (b"/tmp/pants-sandbox-abc123.txt\0", "a file of such a name"),
    (b"pants-sandbox-abc123/\0", "no directory above it"),
    (b"/tmp/pants-sandbox-%s/\0", "a format"),
    (b"/proc/self/cwd/main.go\0", "what the cure puts there"),
]


@pytest.mark.parametrize("text, reason", ORDINARY)
def test_ordinary_paths(text, reason):
    assert path_in(text) is None


def test_across_the_border_of_two_windows(monkeypatch):
    monkeypatch.setattr(scan, "_WINDOW", 512)
    for before in range(0, 1100, 7):
        assert path_in(bytes(before) + b"/tmp/pants-sandbox-Ab3dE9/x\0" + bytes(600)) == "/tmp/pants-sandbox-Ab3dE9"


SIZES = [
    ((), 0, "nothing"),
    ((Found(".symtab", 0, 0, 10), Found(".strtab", 0, 0, 7)), 17, "symbols and their names"),
    ((Found(".debug_info", 0, 0, 5), Found(".zdebug_line", 0, 0, 6), Found(".gdb_index", 0, 0, 7)), 18, "debug information"),
    ((Found(".stab", 0, 0, 1), Found(".stabstr", 0, 0, 2)), 3, "of another time"),
    ((Found(".symtab", ALLOC, 0, 10), Found(".debug_x", ALLOC, 0, 10)), 0, "what is loaded may be needed"),
    ((Found(".shstrtab", 0, 0, 9), Found(".comment", 0, 0, 9), Found(".dep-v0", 0, 0, 9)), 0, "strip leaves these"),
    ((Found(".gopclntab", ALLOC, 0, 9), Found(".note.go.buildid", ALLOC, 0, 9)), 0, "a run of Go needs these"),
]


@pytest.mark.parametrize("sections, want, reason", SIZES)
def test_strippable_bytes(sections, want, reason):
    assert strippable_bytes(sections) == want
