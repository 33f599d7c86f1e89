"""Pins down whose bytes a program has: packages, crates, namespaces, sections; and that every byte is counted once."""

from __future__ import annotations

import struct

import pytest

from scratch_image.binary import pclntab
from scratch_image.binary.blame import Part, blame, from_json, to_json
from scratch_image.binary.blame_symbols import owner
from scratch_image.binary.elf import read_elf
from scratch_image.binary.packages import module_of, package_of
from scratch_image.binary.sections import read_sections
from tests.support.compared import GoProgram
from tests.support.programs import ALLOC, EXECINSTR, Section, elf, elf_file, go_table

PACKAGES = [
    (b"main.main", "main"),
    (b"main.(*T).Method", "main"),
    (b"net/http.(*Client).Do.func1", "net/http"),
    (b"runtime.mallocgc", "runtime"),
    (b"gopkg.in/yaml%2ev3.Unmarshal", "gopkg.in/yaml.v3"),
    (b"slices.SortFunc[go.shape.[]example.com/a.b/c.T,go.shape.int]", "slices"),
    (b"example.com/x.F[...]", "example.com/x"),
    (b"type:.eq.net/http.T", "net/http"),
    (b"type..hash.net/http.T", "net/http"),
    (b"type:.eq.[2]gopkg.in/yaml%2ev3.T", "gopkg.in/yaml.v3"),
    (b"type:.hash.struct { A *example.com/x.T; B int }", "example.com/x"),
    (b"type:.eq.[2]string", "go"),
    (b"go.uber.org/zap.New", "go.uber.org/zap"),
    (b"go.yaml.in/yaml/v4.Unmarshal", "go.yaml.in/yaml/v4"),
    (b"golang.org/x/net/html.Parse", "golang.org/x/net/html"),
    (b"type.example/x.F", "type.example/x"),
    (b"go:buildid", "go"),
    (b"go.buildid", "go"),
    (b"_cgo_0123_Cfunc_free", "C"),
    (b"memcpy", "C"),
    (b"", "C"),
    (b"a/b", "C"),
    (b"\xff.f", "\\xff"),
]


@pytest.mark.parametrize("name, package", PACKAGES)
def test_the_package_of_a_function(name, package):
    assert package_of(name) == package


@pytest.mark.parametrize(
    "package, module",
    [
        ("main", "example.com/app"),
        ("example.com/app/inner", "example.com/app"),
        ("golang.org/x/net/html", "golang.org/x/net"),
        ("golang.org/x/network", "std"),
        ("net/http", "std"),
    ],
)
def test_the_module_of_a_package(package, module):
    assert module_of(package, "example.com/app", ("example.com/app", "golang.org/x/net", "golang.org/x")[:2]) == module


OWNERS = [
    (b"_ZN4core3fmt5write17h0123456789abcdefE", "crate", "core"),
    (b"_ZN67_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE", "crate", "alloc"),
    (b"_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE", "crate", "core"),
    (b"_RNvNtCs1234_7mycrate3foo3bar", "crate", "mycrate"),
    (b"_RINvNtC3std2rt10lang_startuEB2_", "crate", "std"),
    (b"_RNvMsC3_NtCs5Xy_7mycrate3fooNtB5_3Bar3new", "crate", "mycrate"),
    (b"_RNvXsC1_Cs1_5otherNtB5_1TNtNtCs2_4core3fmt7Display3fmt", "crate", "other"),
    (b"_RNvXs_Cs1_5otherRL_NtCs2_5alloc1TNtNtCs3_4core3fmt7Display3fmt", "crate", "other"),
    (b"_RNCNvCs1234_7mycrate4main0", "crate", "mycrate"),
    (b"_RINvYNtCs1_5alloc1TNtCs2_4core1F3fooE", "crate", "alloc"),
    (b"_RNvC6_123foo3bar", "crate", "123foo"),
    (b"_R", "namespace", "C"),
    (b"_RCCCC" + b"CsCs" * 1000, "namespace", "C"),
    (b"_ZN3foo3barEv", "namespace", "foo"),
    (b"_ZNK3foo3Bar3bazEv", "namespace", "foo"),
    (b"_ZTVN3foo3BarE", "namespace", "foo"),
    (b"_ZNSt6vectorIiSaIiEE9push_backEOi", "namespace", "std"),
    (b"_ZSt4cout", "namespace", "std"),
    (b"_ZNSs6appendEPKc", "namespace", "std"),
    (b"_Z3fooi", "namespace", "without a namespace"),
    (b"_Z", "namespace", "without a namespace"),
    (b"printf", "namespace", "C"),
    (b"_ZN", "namespace", "without a namespace"),
    (b"_ZN9999x17h0123456789abcdefE", "crate", "x17h0123456789abcdefE"),
    (b"_RC99_", "crate", "unknown"),
    (b"\xff", "namespace", "C"),
]


@pytest.mark.parametrize("name, kind, crate", OWNERS)
def test_the_owner_of_a_symbol(name, kind, crate):
    assert owner(name) == (kind, crate, "")


def parts_of(content):
    parts = blame(memoryview(content))
    assert sum(part.size for part in parts) == len(content)
    assert from_json(to_json(parts)) == parts
    return {(part.kind, part.name): part for part in parts}


def test_a_go_program():
    """Code is that of functions; of the table, the index, the record and the name of each."""
    parts = parts_of(GoProgram(symbols=bytes(96)).content())
    row, record = 8, 44
    main, html = parts["package", "main"], parts["package", "golang.org/x/net/html"]
    assert main.size == 32 + row + record + len("main.main") + 1
    assert html.size == 48 + row + record + len("golang.org/x/net/html.Parse") + 1
    assert (main.group, html.group) == ("example.com/app v1.0.0", "golang.org/x/net v0.30.0")
    assert parts["package", "runtime"].group == "std go1.24.1"
    assert parts["other", "symbols"].size >= 96 and parts["section", ".rodata"].size == len(GoProgram().data)


def symbol_table(*rows):
    """(.symtab, .strtab) of (name, address, size) of functions."""
    names, table = b"\0", bytes(24)
    for name, address, size in rows:
        table += struct.pack("<IBBHQQ", len(names), 2, 0, 1, address, size)
        names += name + b"\0"
    return Section(".symtab", table), Section(".strtab", names)


def test_a_program_with_symbols():
    """Two names of one function count once, and so do functions that overlap."""
    code = Section(".text", b"\xc3" * 100, ALLOC | EXECINSTR)
    plain = elf_file(segments=(), sections=[code, *symbol_table((b"x", 0, 0))])
    start = 0x400000 + plain.index(b"\xc3" * 100)
    rows = [
        (b"_ZN3foo3barEv", start, 40),
        (b"alias", start, 40),
        (b"printf", start + 30, 20),
        (b"_ZSt4cout", start + 90, 999),
    ]
    rows += [(b"elsewhere", 1 << 60, 8), (b"nothing", start + 60, 0)]
    parts = parts_of(elf_file(segments=(), sections=[code, *symbol_table(*rows)]))
    sizes = {name: part.size for (kind, name), part in parts.items() if kind == "namespace"}
    assert sizes == {"foo": 40, "C": 10, "std": 10}
    assert parts["section", ".text"].size == 40


@pytest.mark.parametrize("content", [b"", b"text", b"\x7fELF", elf()], ids=["empty", "a text", "truncated", "no sections"])
def test_other_files(content):
    parts = blame(memoryview(content))
    assert sum(part.size for part in parts) == len(content)
    assert {part.kind for part in parts} <= {"other"}


def test_sections_that_overlap_count_once():
    text = Section(".text", b"\xc3" * 64, ALLOC | EXECINSTR)
    parts = parts_of(elf_file(segments=(), sections=[text, Section(".again", b"", offset=64, size=1 << 10)]))
    assert Part("section", ".text", "", 0)._replace(size=parts["section", ".text"].size) in parts.values()


@pytest.mark.parametrize("length, count, most", [(50_000, 2_000, 1_500_000), (20, 2_000, 40_000)])
def test_names_of_functions_do_not_fill_the_memory(length: int, count: int, most: int) -> None:
    """Functions may all have one long name; how often short ones come is not limited."""
    table = go_table([(b"main." + b"x" * (length - 5), 16)] * count)
    data = memoryview(elf_file(sections=[Section(".gopclntab", table, ALLOC)]))
    program = read_elf(data)
    sections = read_sections(program)
    found = pclntab.find(program, sections)
    assert found
    sizes = [len(function.name) for function in pclntab.functions(program, found)]
    assert len(sizes) == count and length <= sum(sizes) <= most and (length > 20 or sum(sizes) == length * count)
    assert sum(part.size for part in blame(data)) == len(data)
