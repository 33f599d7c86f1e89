"""What is in a program, by its facts: the modules of Go, the crates of Rust, and how much of it that is. Pure."""

from __future__ import annotations

import re
from typing import Iterator, NamedTuple, Optional, Tuple

from scratch_image.attest import cpe
from scratch_image.attest.component import LIBRARY, Component
from scratch_image.attest.modules import Modules, linked
from scratch_image.attest.purl import purl
from scratch_image.binary.facts import ProgramFacts
from scratch_image.binary.go import GoBuild, GoModule

# How much of what is in a program is known: CycloneDX's names (1.6, "compositions").
COMPLETE, INCOMPLETE, UNKNOWN = "complete", "incomplete", "unknown"
_DEVELOPED = ("", "(devel)")


class Parts(NamedTuple):
    """The components of a program, and which of the constants above is true of them."""

    components: Tuple[Component, ...]
    known: str


def parts_of(program: Optional[ProgramFacts], modules: Optional[Modules] = None) -> Parts:
    """What is in a program; `modules` are those of its build, for a Go program that does not name its own."""
    if program is None:
        return Parts((), UNKNOWN)
    if program.go_build or program.go:
        return _of_go(program, modules)
    named = [crate for crate in program.crates if crate.name]
    crates = tuple(Component(LIBRARY, name, version, purl("cargo", name, version)) for name, version in named)
    # C code that is linked to crates, and the C library, are in no list of crates.
    return Parts(crates, INCOMPLETE if crates else UNKNOWN)


def properties_of(program: Optional[ProgramFacts]) -> Tuple[Tuple[str, str], ...]:
    """What a program says of its build, as properties of its file."""
    if program is None:
        return ()
    found = [("scratch_image:compiler", text) for text in program.compilers]
    if program.build_id:
        found.append(("scratch_image:buildId", program.build_id))
    return tuple(sorted(found))


def _of_go(program: ProgramFacts, modules: Optional[Modules]) -> Parts:
    build = program.go_build
    cgo = bool(program.needs and program.needs.cgo) or bool(build and build.settings.get("CGO_ENABLED") == "1")
    whole = INCOMPLETE if cgo else COMPLETE
    library = tuple(_standard_library(build.version)) if build else ()
    if build and build.modules:
        own = () if any(module.main for module in build.modules) else _main_package(build)
        # A damaged list may have a module without a path.
        named = tuple(map(_module, filter(lambda module: module.path, build.modules)))
        return Parts((*own, *named, *library), whole if len(named) == len(build.modules) else INCOMPLETE)
    if modules is not None or program.go_sources:
        found = linked(modules or Modules("", ()), program.go_packages, program.go_sources)
        own = (_module(found.own),) if modules else _main_package(build) if build else ()
        required = (_module(module) for _, module in found.required)
        return Parts((*own, *required, *library), whole if modules and found.exact and build else INCOMPLETE)
    # A program that has functions of no package but the standard library's and its own `main` needs nothing else.
    known = whole if build and program.go_packages == () else UNKNOWN
    return Parts((*(_main_package(build) if build else ()), *library), known)


def _main_package(build: GoBuild) -> Tuple[Component, ...]:
    """The main package where no module has it: `command-line-arguments` of `go build FILE.go`, `cmd/go` of Go itself."""
    return (_module(GoModule(build.path, "", "", True)),) if build.path else ()


def _module(module: GoModule) -> Component:
    """A module, named as syft names it: what is replaced by a directory under its own path, without a version."""
    path, version = module.path, "" if module.version in _DEVELOPED else module.version
    if module.replaced and not version:
        path = module.replaced
    kind = (("scratch_image:goModule", "main"),) if module.main else ()
    return Component(LIBRARY, path, version, purl("golang", path, version), properties=kind)


def _standard_library(version: str) -> Iterator[Component]:
    """As syft names it; the experiments in the version of a toolchain are not part of the library's."""
    release = re.split(r" |-X:", version)[0]
    number = release[2:] if re.match(r"go[0-9]", release) else release
    if number:
        url = purl("golang", "stdlib", number)
        yield Component(LIBRARY, "stdlib", release, url, cpe.of_go(number), "BSD-3-Clause")
