"""What is in the image beside its program: executables that cannot run, files that nothing there can run, and modes."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator, List, Mapping, Tuple

from scratch_image.binary import linkage
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.platform import UnknownMachine, platform_of
from scratch_image.checks import program
from scratch_image.checks.cures import KNOWN_CPU
from scratch_image.checks.findings import Finding
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.platform import Platform

_SHOWN = 5
# What an interpreter runs or a compiler reads. Not scripts for browsers, which web servers ship.
_SOURCES = (".go", ".py", ".sh", ".bash", ".rb", ".pl", ".c", ".cc", ".cpp", ".h", ".rs", ".zig", ".java")
_SET_ID = 0o6000


def contents(modes: Mapping[str, int], cases: Tuple[Tuple[str, str], ...]) -> Iterator[Finding]:
    """SR034, SR031 and OI002. `modes` maps the absolute paths of files to their modes; `cases` are pairs of paths that
    differ only in case."""
    sources = [path for path in modes if path.endswith(_SOURCES)]
    if sources:
        yield Finding.of("SR034", f"{_listed(sources)} in `files`: nothing in the image can run or compile such files")
    special = [path for path, mode in modes.items() if mode & _SET_ID]
    if special:
        yield Finding.of("SR031", f"{_listed(special)} in `files` runs with the rights of its owner (set-id)")
    for one, other in cases:
        yield Finding.of("OI002", f"{one} and {other} differ only in case: some file systems treat them as one path")


def helper(
    spec: ImageSpec, platform: Platform, path: str, facts: BinaryFacts, target_kind: str, field: str = "files"
) -> Iterator[Finding]:
    """The findings of an executable in a field, which must run on the `platform` of the program. A file that is not ELF is
    data."""
    name = f"{path} in `{field}`"
    if facts.broken is not None:
        yield Finding.of("SR003", f"{name} is not a complete ELF file: {facts.broken}")
    if facts.program is None or facts.program.linkage in (linkage.OBJECT, linkage.CORE, linkage.LIBRARY):
        return
    yield from program.linkage(name, facts.program, target_kind)
    yield from program.memory(name, facts.program)
    try:
        own = platform_of(facts.program)
    except UnknownMachine as error:
        yield Finding.of("SR002", f"{name} is {error}", KNOWN_CPU)
        return
    if facts.program.foreign_os:
        yield from program.fit(replace(spec, binary=name, platform=None), facts.program, own)
    elif not own.same_cpu(platform):
        text = f"{name} is built for {own}, and the image is for {platform}"
        yield Finding.of("SR020", text, "build it for that platform, or leave it out")


def _listed(paths: List[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{', '.join(sorted(paths)[:_SHOWN])}{more}"
