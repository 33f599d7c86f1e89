"""Pins down which components a program has, by its facts, and how much of it is said to be known."""

from __future__ import annotations

import pytest

from scratch_image.attest.modules import Modules, linked
from scratch_image.attest.programs import COMPLETE, INCOMPLETE, UNKNOWN, parts_of, properties_of
from scratch_image.binary.go import GoBuild, GoModule
from scratch_image.binary.needs import Needs
from scratch_image.binary.rust import Crate
from tests.support.facts import program

STDLIB = "pkg:golang/stdlib@1.26.8"
MAIN = GoModule("example.com/m", "(devel)", "", True)


def go(*modules, path="example.com/m", version="go1.26.8", settings=None, **facts):
    build = GoBuild(version, path, tuple(modules), settings or {})
    return program(go=True, go_build=build, **facts)


PROGRAMS = [
    # facts, the package URLs of the components, how much is known, reason
    (go(MAIN), {"pkg:golang/example.com/m", STDLIB}, COMPLETE, "a module without others"),
    (
        go(MAIN, GoModule("a.b/c", "v1.2.3", "h1:")),
        {"pkg:golang/example.com/m", "pkg:golang/a.b/c@v1.2.3", STDLIB},
        COMPLETE,
        "and with one",
    ),
    (go(GoModule("a.b/m", "v1.0.0", "", True)), {"pkg:golang/a.b/m@v1.0.0", STDLIB}, COMPLETE, "of `go install`"),
    (
        go(MAIN, GoModule("f.k/c", "v1.2.4", "h1:", replaced="a.b/c")),
        {"pkg:golang/example.com/m", "pkg:golang/f.k/c@v1.2.4", STDLIB},
        COMPLETE,
        "what is replaced is named by what replaces it",
    ),
    (
        go(MAIN, GoModule("./local", "(devel)", "", replaced="a.b/c")),
        {"pkg:golang/example.com/m", "pkg:golang/a.b/c", STDLIB},
        COMPLETE,
        "but for a directory, which only this machine has",
    ),
    (
        go(MAIN, GoModule("/abs/local", "", "", replaced="a.b/c")),
        {"pkg:golang/example.com/m", "pkg:golang/a.b/c", STDLIB},
        COMPLETE,
        "an absolute one",
    ),
    (go(path="command-line-arguments", go_packages=()), {"pkg:golang/command-line-arguments", STDLIB}, COMPLETE, "one file"),
    (
        go(GoModule("a.b/c", "v1", ""), path="command-line-arguments"),
        {"pkg:golang/command-line-arguments", "pkg:golang/a.b/c@v1", STDLIB},
        COMPLETE,
        "one file, in a module",
    ),
    (go(path="", go_packages=()), {STDLIB}, COMPLETE, "no modules, and functions of no package of others"),
    (go(path="", go_packages=("a.b/c",)), {STDLIB}, UNKNOWN, "no modules, and a package of others"),
    (
        go(path="", go_packages=("a.b/c",), go_sources=("a.b/c@v1.0.0",)),
        {"pkg:golang/a.b/c@v1.0.0", STDLIB},
        INCOMPLETE,
        "no modules, and the paths of source files",
    ),
    (go(path="cmd/go", go_packages=None), {"pkg:golang/cmd/go", STDLIB}, UNKNOWN, "no modules, and no names"),
    (go(MAIN, settings={"CGO_ENABLED": "1"}), {"pkg:golang/example.com/m", STDLIB}, INCOMPLETE, "C code may be linked"),
    (go(MAIN, needs=Needs("names", (), cgo=True)), {"pkg:golang/example.com/m", STDLIB}, INCOMPLETE, "C code is linked"),
    (program(go=True, go_packages=()), set(), UNKNOWN, "no build information"),
    (
        program(crates=(Crate("a", "1.0.0"), Crate("b", "2.0.0"))),
        {"pkg:cargo/a@1.0.0", "pkg:cargo/b@2.0.0"},
        INCOMPLETE,
        "R",
    ),
    (program(), set(), UNKNOWN, "C"),
    (go(MAIN, GoModule("", "v1", "")), {"pkg:golang/example.com/m", STDLIB}, INCOMPLETE, "a module without a path"),
    (program(crates=(Crate("", "1"), Crate("b", "2.0.0"))), {"pkg:cargo/b@2.0.0"}, INCOMPLETE, "a crate without a name"),
    (None, set(), UNKNOWN, "not an ELF file"),
]


@pytest.mark.parametrize("facts, purls, known, reason", PROGRAMS, ids=[row[-1] for row in PROGRAMS])
def test_components(facts, purls, known, reason):
    parts = parts_of(facts)
    assert {component.purl for component in parts.components} == purls
    assert parts.known == known


VERSIONS = [
    # version of the toolchain, version and package URL of the standard library
    ("go1.26.8", "go1.26.8", "pkg:golang/stdlib@1.26.8", "cpe:2.3:a:golang:go:1.26.8:-:*:*:*:*:*:*"),
    ("go1.21.13 X:boringcrypto", "go1.21.13", "pkg:golang/stdlib@1.21.13", "cpe:2.3:a:golang:go:1.21.13:-:*:*:*:*:*:*"),
    ("go1.26.0-X:nogreenteagc", "go1.26.0", "pkg:golang/stdlib@1.26.0", "cpe:2.3:a:golang:go:1.26.0:-:*:*:*:*:*:*"),
    ("go1.27rc1", "go1.27rc1", "pkg:golang/stdlib@1.27rc1", "cpe:2.3:a:golang:go:1.27:rc1:*:*:*:*:*:*"),
    ("devel go1.27-abc Mon", "devel", "pkg:golang/stdlib@devel", ""),
]


@pytest.mark.parametrize("version, shown, purl, cpe", VERSIONS)
def test_the_standard_library(version, shown, purl, cpe):
    (library,) = parts_of(go(version=version, path="", go_packages=())).components
    assert (library.name, library.version, library.purl, library.cpe) == ("stdlib", shown, purl, cpe)
    assert library.license == "BSD-3-Clause"


GRAPH = Modules(
    "example.com/m",
    (
        ("a.b/c", GoModule("a.b/c", "v1.0.0", "")),
        ("a.b/c/v2", GoModule("a.b/c/v2", "v2.0.0", "")),
        ("d.e/f", GoModule("d.e/f", "v2.0.0", "")),
    ),
)


def test_modules_of_a_build_graph():
    """Of a program that names none: those of which a function is linked."""
    linked = go(path="", go_packages=("a.b/c/sub", "example.com/m/internal"))
    parts = parts_of(linked, GRAPH)
    assert {each.purl for each in parts.components} == {"pkg:golang/example.com/m", "pkg:golang/a.b/c@v1.0.0", STDLIB}
    assert parts.known == COMPLETE
    whole = parts_of(go(path="", go_packages=None), GRAPH)
    assert {each.name for each in whole.components} == {"example.com/m", "a.b/c", "a.b/c/v2", "d.e/f", "stdlib"}
    assert whole.known == INCOMPLETE, "which of them are linked is not known"


def test_the_longest_path_has_the_package():
    linked = go(path="", go_packages=("a.b/c/v2/sub",))
    assert {each.name for each in parts_of(linked, GRAPH).components} == {"example.com/m", "a.b/c/v2", "stdlib"}


OLD = (("a.b/c", GoModule("a.b/c", "v1.0.0", "")), ("r.s/t", GoModule("fork.k/t", "v1.0.0", "", replaced="r.s/t")))
COMPILED = [
    # modules of the source files, packages of the functions, what is listed beside the main module, what is known, reason
    ((), ("a.b/c",), {"a.b/c@v1.0.0"}, COMPLETE, "paths that the compiler was told otherwise"),
    (("a.b/c@v1.0.0",), ("a.b/c",), {"a.b/c@v1.0.0"}, COMPLETE, "as go.mod says"),
    (("a.b/c@v1.2.0",), ("a.b/c/sub",), {"a.b/c@v1.2.0"}, COMPLETE, "go.mod is older than what a dependency requires"),
    (("fork.k/t@v1.5.0",), (), {"fork.k/t@v1.5.0"}, COMPLETE, "replaces a path without a dot"),
    (("x.y/z@v1.0.0",), (), {"x.y/z@v1.0.0"}, COMPLETE, "only a file is there"),
    (("a.b/c@v1.2.0",), None, {"a.b/c@v1.2.0"}, INCOMPLETE, "names that were removed"),
    ((), None, {"a.b/c@v1.0.0", "fork.k/t@v1.0.0"}, INCOMPLETE, "names and paths that were removed"),
    (("x.y/z@v0.1.0",), ("x.y/z/sub",), {"x.y/z@v0.1.0"}, COMPLETE, "an indirect module that an old go.mod does not name"),
    (("a.b/c/sub@v3.0.0",), ("a.b/c/sub/x", "a.b/c"), {"a.b/c/sub@v3.0.0", "a.b/c@v1.0.0"}, COMPLETE, "one in another"),
    (("fork.k/t@v1.5.0",), ("r.s/t",), {"fork.k/t@v1.5.0"}, COMPLETE, "a replacement has the path of the fork"),
    (("e.m/m/v2@v2.0.0",), ("e.m/m/v2",), {"e.m/m/v2@v2.0.0"}, COMPLETE, "another version of the main module"),
    (("a.b/c@v1.0.0", "a.b/c@v1.2.0"), ("a.b/c",), {"a.b/c"}, INCOMPLETE, "two versions, by two go.mod"),
    (("a.b/cc@v2.0.0",), ("a.b/c",), {"a.b/c@v1.0.0", "a.b/cc@v2.0.0"}, COMPLETE, "a path that begins so"),
    (("d.e/f@v2.0.0+incompatible",), ("d.e/f",), {"d.e/f@v2.0.0%2Bincompatible"}, COMPLETE, "an incompatible version"),
]


@pytest.mark.parametrize("sources, packages, listed, known, reason", COMPILED, ids=[row[-1] for row in COMPILED])
def test_what_was_compiled_precedes_go_mod(sources, packages, listed, known, reason):
    facts = go(path="", go_packages=packages, go_sources=sources)
    parts = parts_of(facts, Modules("e.m/m", OLD))
    assert {each.purl for each in parts.components} == {"pkg:golang/e.m/m", STDLIB, *(f"pkg:golang/{one}" for one in listed)}
    assert parts.known == known
    # `image.json` has what is linked, of which the validator derives the same.
    of_report = Modules("e.m/m", linked(Modules("e.m/m", OLD), packages, sources).required)
    assert parts_of(facts, of_report) == parts


def test_a_program_that_names_its_modules_is_believed():
    assert {each.name for each in parts_of(go(MAIN), GRAPH).components} == {"example.com/m", "stdlib"}


def test_a_package_of_no_module_in_the_graph():
    """The graph does not have it, so what the program is made of is not known."""
    parts = parts_of(go(path="", go_packages=("a.b/c", "other.org/x")), GRAPH)
    assert parts.known == INCOMPLETE
    assert {each.name for each in parts.components} == {"example.com/m", "a.b/c", "stdlib"}


def test_properties():
    found = properties_of(program(compilers=("rustc 1", "GCC"), build_id="ab"))
    assert found == (
        ("scratch_image:buildId", "ab"),
        ("scratch_image:compiler", "GCC"),
        ("scratch_image:compiler", "rustc 1"),
    )
    assert properties_of(None) == ()
