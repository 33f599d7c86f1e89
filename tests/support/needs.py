"""Needs found in small programs."""

from __future__ import annotations

from scratch_image.binary.elf import read_elf
from scratch_image.binary.needs import read_needs
from scratch_image.binary.sections import read_sections
from tests.support.programs import ALLOC, CODE, Section, elf_file, go_names


def needs_in(sections=(), *, segments=(CODE,), go=False, build=None, crates=(), packed=False, **shape):
    elf = read_elf(memoryview(elf_file(segments=segments, sections=sections, **shape)))
    return read_needs(elf, read_sections(elf), go=go, build=build, crates=crates, packed=packed)


def needs_of_go_with(*names, files=(), also=()):
    table = go_names([b"go:buildid", b"runtime.main", *names], files)
    return needs_in([Section(".gopclntab", table, ALLOC), *also], go=True)


def needs_of_texts(text, *also, **other):
    return needs_in([Section(".rodata", b"\0" + text, ALLOC), *also], **other)


def names_of(found):
    return [need.name for need in found]


STD = b"/rustc/" + b"0123456789" * 4 + b"/library/std/src/rt.rs"
