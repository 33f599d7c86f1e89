"""What is in the image beside its program: executables that can not run, files that nothing there can run, and modes."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import Iterator, List, Mapping, Tuple

from scratch_image.binary import linkage
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.platform import UnknownMachine, platform_of
from scratch_image.checks import program
from scratch_image.checks.findings import Finding, found
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.platform import Platform

_SHOWN = 5
# What is run by an interpreter or was to be compiled. Not scripts for browsers, which web servers ship.
_SOURCES = (".go", ".py", ".sh", ".bash", ".rb", ".pl", ".c", ".cc", ".cpp", ".h", ".rs", ".zig", ".java")
_SET_ID = 0o6000


def contents(modes: Mapping[str, int], cases: Tuple[Tuple[str, str], ...]) -> Iterator[Finding]:
    """`modes` is what judge() has; `cases` are paths that differ in case only. Of directories the bits mean other things."""
    files = {path: mode for path, mode in modes.items() if stat.S_IFMT(mode) in (0, stat.S_IFREG)}
    sources = [path for path in files if path.endswith(_SOURCES)]
    if sources:
        text = f"{_listed(sources)} in `files`: nothing in the image can run or compile that"
        yield found("SR034", text, "name what is needed at run time only")
    special = [path for path, mode in files.items() if mode & _SET_ID]
    if special:
        text = f"{_listed(special)} in `files` runs with the rights of its owner (set-id)"
        yield found("SR031", text, "leave the bit out of `mode`, or give the program `capabilities`")
    for one, other in cases:
        text = f"{one} and {other} differ in upper and lower case only: some file systems take them for one"
        yield found("OI002", text, "rename one of them")


def helper(spec: ImageSpec, platform: Platform, path: str, facts: BinaryFacts, target_kind: str) -> Iterator[Finding]:
    """An executable in `files`: it is to run where the program does. What is no ELF file is taken for data."""
    name = f"{path} in `files`"
    if facts.broken is not None:
        yield found("SR003", f"{name} is no whole ELF file: {facts.broken}", "build it again, and see what cut it off")
    if facts.program is None or facts.program.linkage in (linkage.OBJECT, linkage.CORE, linkage.LIBRARY):
        return
    yield from program.linkage(name, facts.program, target_kind)
    yield from program.memory(name, facts.program)
    try:
        own = platform_of(facts.program)
    except UnknownMachine as error:
        yield found("SR002", f"{name} is {error}", "build it for a CPU that container images know")
        return
    if facts.program.foreign_os:
        yield from program.fit(replace(spec, binary=name, platform=None), facts.program, own)
    elif not own.same_cpu(platform):
        text = f"{name} is built for {own}, and the image is for {platform}"
        yield found("SR020", text, "build it for that platform, or leave it out")


def _listed(paths: List[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{', '.join(sorted(paths)[:_SHOWN])}{more}"
