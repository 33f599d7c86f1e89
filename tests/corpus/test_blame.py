"""Pins down whose bytes real programs have, against pyelftools, which reads their symbols, and stripped twins."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Dict

import pytest
from elftools.elf.elffile import ELFFile

from scratch_image.binary.blame import Part, blame
from scratch_image.binary.blame_go import go_shares
from scratch_image.binary.elf import read_elf
from scratch_image.binary.packages import package_of
from scratch_image.binary.pclntab import find
from scratch_image.binary.sections import read_sections
from tests.support.tools import missing

CORPUS = os.environ.get("SCRATCH_IMAGE_CORPUS", "")
TWINS = ["go-client", "go-client-tls", "go-exec", "go-hello", "go-lookup", "go-server", "go-server-tls", "go-user"]


@pytest.fixture(autouse=True)
def corpus() -> None:
    if not CORPUS:
        missing("SCRATCH_IMAGE_CORPUS does not name a directory made by tests/corpus/build")


def content(name: str) -> bytes:
    return Path(CORPUS, name).read_bytes()


def code_of(program: bytes) -> Dict[str, int]:
    elf = read_elf(memoryview(program))
    sections = read_sections(elf)
    table = find(elf, sections)
    assert table
    return {package: size for (_, package, _), size in go_shares(elf, sections, table)[".text"].items()}


def by_symbols(path: Path) -> Dict[str, int]:
    """Package → bytes of its functions, as the symbols have them."""
    found: Counter[str] = Counter()
    with path.open("rb") as file:
        for symbol in ELFFile(file).get_section_by_name(".symtab").iter_symbols():
            if symbol["st_info"]["type"] == "STT_FUNC":
                found[package_of(symbol.name.encode())] += symbol["st_size"]
    return found


@pytest.mark.parametrize("name", [*TWINS, "go-386", "go-arm64", "go-riscv64", "go-s390x", "go-pie"])
def test_code_of_packages_is_that_of_their_symbols(name: str) -> None:
    program = content(name)
    ours, theirs = code_of(program), by_symbols(Path(CORPUS, name))
    text = next(section.size for section in read_sections(read_elf(memoryview(program))) if section.name == ".text")
    assert sum(abs(ours.get(package, 0) - theirs.get(package, 0)) for package in {*ours, *theirs}) <= 0.02 * text


@pytest.mark.parametrize("name", TWINS)
def test_a_stripped_program_has_the_same_packages(name: str) -> None:
    assert code_of(content(f"{name}-stripped")) == code_of(content(name))
    parts = blame(memoryview(content(f"{name}-stripped")))
    size = Path(CORPUS, f"{name}-stripped").stat().st_size
    assert sum(part.size for part in parts if part.kind == "package") > 0.7 * size


def test_each_file_is_divided_as_a_whole() -> None:
    for path in sorted(Path(CORPUS).iterdir()):
        if path.is_file():
            program = path.read_bytes()
            assert sum(part.size for part in blame(memoryview(program))) == len(program), path.name


@pytest.mark.parametrize("name, kind, part", [("gcc-static", "namespace", "C"), ("musl-static-symbols", "namespace", "C")])
def test_other_languages(name: str, kind: str, part: str) -> None:
    found = {(each.kind, each.name): each for each in blame(memoryview(content(name)))}
    assert isinstance(found[kind, part], Part) and found[kind, part].size > 1000
