"""Whether the program can start: how it is linked, which system and CPU it is for, what memory it asks for."""

from __future__ import annotations

from typing import Iterator, Tuple

from scratch_image.binary import linkage as kinds
from scratch_image.binary.facts import ProgramFacts
from scratch_image.checks.cures import static_cure
from scratch_image.checks.findings import Finding
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.platform import Platform

_SHOWN = 5


def linkage(binary: str, program: ProgramFacts, target_kind: str) -> Iterator[Finding]:
    """SR010 to SR013. `binary` is the name of the program, `target_kind` the alias of the target that makes it."""
    fix = static_cure(program, target_kind)
    if program.linkage == kinds.LIBRARY:
        yield Finding.of("SR012", f"{binary} is a shared library, not a program")
    elif program.linkage == kinds.DYNAMIC:
        loader = program.interpreter or "a loader"
        if "ld-musl" in loader:
            yield Finding.of("SR013", f"{binary} needs {_and(loader, program.needed)}, which are not in the image", fix)
        elif not program.needed:
            yield Finding.of("SR011", f"{binary} needs the loader {loader}, although it uses no library", fix)
        else:
            yield Finding.of("SR010", f"{binary} needs the loader {_and(loader, program.needed)}", fix)


def fit(spec: ImageSpec, program: ProgramFacts, platform: Platform) -> Iterator[Finding]:
    """SR020 to SR023. `platform` is the program's own."""
    if program.foreign_os:
        text = f"{spec.binary} is built for {program.foreign_os}; Linux would load it, and it would crash"
        yield Finding.of("SR021", text)
    if spec.platform and not spec.platform.same_cpu(platform):
        text = f"field `{spec.platform_field}` says {spec.platform}, but {spec.binary} is built for {platform}"
        one = "leave the field out" if spec.platform_field == "platform" else "name the program that is built for it"
        yield Finding.of("SR020", text, f"{one}, or build the program for that platform")
    elif platform.architecture == "arm":
        yield from _arm(spec, program)
    level = program.x86_level or 1
    if platform.architecture == "amd64" and level > 1 and level > ((spec.platform and spec.platform.version) or 1):
        text = f"{spec.binary} requires x86-64-v{level}, and stops on CPUs without it"
        declare = f'declare it: platform="linux/amd64/v{level}"'
        # A key with a level, alone, is an index that no client matches (OI006).
        if spec.is_of_index:
            declare = 'accept it, and keep the key "linux/amd64", which clients look for'
        yield Finding.of("SR023", text, f"build it for a lower level, or {declare}")


def _arm(spec: ImageSpec, program: ProgramFacts) -> Iterator[Finding]:
    declared = spec.platform.version if spec.platform else None
    if program.arm_version is None:
        if declared is None or spec.platform is None or spec.platform.variant is None:
            text = f"nothing in {spec.binary} states which ARM version it needs"
            yield Finding.of("SR022", text, 'declare it: platform="linux/arm/v7"', "warning")
    elif declared is not None and program.arm_version > declared:
        text = f"field `{spec.platform_field}` says {spec.platform}, but {spec.binary} needs ARMv{program.arm_version}"
        fix = f'platform="linux/arm/v{program.arm_version}", or build it for an older ARM version (Go: GOARM)'
        yield Finding.of("SR022", text, fix)


def memory(binary: str, program: ProgramFacts) -> Iterator[Finding]:
    """SR030 and SR032. `binary` is the name of the program."""
    if program.executable_stack:
        yield Finding.of("SR030", f"{binary} asks for an executable stack")
    if program.writable_code:
        yield Finding.of("SR030", f"{binary} has memory that is writable and executable")
    if program.packed:
        yield Finding.of("SR032", f"{binary} is packed by UPX")


def _and(loader: str, needed: Tuple[str, ...]) -> str:
    more = f" and {len(needed) - _SHOWN} more" if len(needed) > _SHOWN else ""
    return f"{loader} and {', '.join(needed[:_SHOWN])}{more}"
