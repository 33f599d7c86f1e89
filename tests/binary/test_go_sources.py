"""The modules of a Go program's source files, by their paths."""

from __future__ import annotations

import pytest

from scratch_image.binary.read import read_facts
from tests.support.programs import ALLOC, CODE, NOTE, WRITE, Section, Segment, elf_file, go_build_info, go_names, note

FILES = [
    # the path of a source file, the module, reason
    (b"/s/gopath/pkg/mod/a.b/c@v1.0.0/sub/f.go", "a.b/c@v1.0.0", "in the module cache"),
    (b"gopath/pkg/mod/a.b/c@v1.0.0/f.go", "a.b/c@v1.0.0", "below the directory of the build"),
    (b"a.b/c@v1.0.0/f.go", "a.b/c@v1.0.0", "with -trimpath"),
    (b"/g/pkg/mod/github.com/!burnt!sushi/toml@v1.3.2/f.go", "github.com/BurntSushi/toml@v1.3.2", "with capitals"),
    (
        b"/pkg/mod/a.b/c/v2@v2.0.0-20240102030405-abcdefabcdef/f.go",
        "a.b/c/v2@v2.0.0-20240102030405-abcdefabcdef",
        "a commit",
    ),
    (b"/g/pkg/mod/a.b/c@v3.0.0+incompatible/f.go", "a.b/c@v3.0.0+incompatible", "incompatible"),
    (b"/g/pkg/mod/gopkg.in/yaml.v3@v3.0.1/f.go", "gopkg.in/yaml.v3@v3.0.1", "a dot in the name"),
    (b"/x/pkg/mod/d.e/f@v0.1.0/pkg/mod/a.b/c@v1.0.0/f.go", "a.b/c@v1.0.0", "a cache in a cache"),
    (b"/usr/lib/go/src/runtime/proc.go", None, "the standard library"),
    (b"/g/pkg/mod/golang.org/toolchain@v0.0.1-go1.21.5.linux-amd64/src/fmt/f.go", None, "its downloaded toolchain's"),
    (b"/home/me/app/main.go", None, "of the repository"),
    (b"/home/me@v1.0.0/app/main.go", None, "a directory with an at sign"),
    (b"/g/pkg/mod/a.b/c@1.0.0/f.go", None, "not a version of Go's"),
    (b"/g/pkg/mod/cache/download/f.go", None, "another file of the cache"),
    (b"_cgo_gotypes.go", None, "made by cgo"),
    (b"/" + b"pkg/mod/" * 8000 + b"a.b/c@v1.0.0/f.go", None, "a path that no compiler gets"),
]


def program(files, info=b""):
    sections = (
        Section(".go.buildinfo", go_build_info(b"go1.21.5", info, sentinels=bool(info)), ALLOC | WRITE),
        Section(".gopclntab", go_names([b"runtime.main", b"main.main"], files), ALLOC),
    )
    return elf_file(segments=(CODE, Segment(NOTE, note(b"Go", 4, b"id"))), sections=sections)


def sources_of(files, info=b""):
    return read_facts(memoryview(program(files, info))).program.go_sources


@pytest.mark.parametrize("path, module, reason", FILES, ids=[row[-1] for row in FILES])
def test_the_module_of_a_file(path, module, reason):
    assert sources_of([path]) == ((module,) if module else ())


def test_each_module_once_and_sorted():
    assert sources_of([b"b.b/c@v1/f.go", b"a.b/c@v1/g.go", b"b.b/c@v1/h.go"]) == ("a.b/c@v1", "b.b/c@v1")


def test_a_program_that_names_its_modules_is_not_asked():
    assert sources_of([b"a.b/c@v1/f.go"], b"mod\tm\tv1\t\ndep\ta.b/c\tv1\t\n") == ()
