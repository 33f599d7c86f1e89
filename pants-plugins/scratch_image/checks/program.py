"""Whether the program can start: how it is linked, which system and CPU it is for, what memory it asks for."""

from __future__ import annotations

from typing import Iterator, Optional, Tuple

from scratch_image.binary import linkage as kinds
from scratch_image.binary.facts import ProgramFacts
from scratch_image.checks.cures import name_the_program, static_cure
from scratch_image.checks.findings import Finding, found
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.platform import Platform

_SHOWN = 5
# A variant that is not given: every reader takes arm for v7 (containerd, platforms/database.go), and amd64 for v1.
_UNSAID = {"arm": 7, "amd64": 1}


def linkage(binary: str, program: ProgramFacts, target_kind: str) -> Iterator[Finding]:
    fix = static_cure(program, target_kind)
    if program.linkage == kinds.LIBRARY:
        yield found("SR012", f"{binary} is a shared library, not a program", name_the_program())
    elif program.linkage == kinds.DYNAMIC:
        loader = program.interpreter or "a loader"
        if "ld-musl" in loader:
            yield found("SR013", f"{binary} needs {_and(loader, program.needed)}, which are not in the image", fix)
        elif not program.needed:
            yield found("SR011", f"{binary} needs the loader {loader}, although it uses no library", fix)
        else:
            yield found("SR010", f"{binary} needs the loader {_and(loader, program.needed)}", fix)


def fit(spec: ImageSpec, program: ProgramFacts, platform: Platform) -> Iterator[Finding]:
    if program.foreign_os:
        text = f"{spec.binary} is built for {program.foreign_os}; Linux would load it, and it would crash"
        yield found("SR021", text, "build it for Linux (Go: GOOS=linux)")
    if spec.platform and not spec.platform.same_cpu(platform):
        text = f"field `{spec.platform_field}` says {spec.platform}, but {spec.binary} is built for {platform}"
        one = "leave the field out" if spec.platform_field == "platform" else "name the program that is built for it"
        yield found("SR020", text, f"{one}, or build the program for that platform")
    elif platform.architecture == "arm":
        yield from _arm(spec, program)
    level = program.x86_level or 1
    if platform.architecture == "amd64" and level > 1 and level > (_version(spec.platform) or 1):
        text = f"{spec.binary} demands x86-64-v{level}, and stops on CPUs without it"
        yield found("SR023", text, f'build it for an older level, or say so: platform="linux/amd64/v{level}"')


def _arm(spec: ImageSpec, program: ProgramFacts) -> Iterator[Finding]:
    declared = _version(spec.platform)
    if program.arm_version is None:
        text = f"nothing in {spec.binary} tells which ARM it needs"
        if declared is None or spec.platform is None or spec.platform.variant is None:
            yield found("SR022", text, 'say it: platform="linux/arm/v7"', "warning")
    elif declared is not None and program.arm_version > declared:
        text = f"field `{spec.platform_field}` says {spec.platform}, but {spec.binary} needs ARMv{program.arm_version}"
        yield found("SR022", text, f'platform="linux/arm/v{program.arm_version}", or build it for an older ARM (Go: GOARM)')


def memory(binary: str, program: ProgramFacts) -> Iterator[Finding]:
    if program.executable_stack:
        yield found("SR030", f"{binary} asks for an executable stack", "link with -z noexecstack")
    if program.writable_code:
        yield found("SR030", f"{binary} has memory that is writable and executable", "link without -N and --omagic")
    if program.packed:
        yield found("SR032", f"{binary} is packed by UPX", "leave the packer out: layers are compressed anyway")


def _version(platform: Optional[Platform]) -> Optional[int]:
    """The number in a declared variant, or what readers take for it where there is none; None for no platform."""
    if platform is None:
        return None
    digits = (platform.variant or "").lstrip("v")
    return int(digits) if digits.isdigit() else _UNSAID.get(platform.architecture)


def _and(loader: str, needed: Tuple[str, ...]) -> str:
    more = f" and {len(needed) - _SHOWN} more" if len(needed) > _SHOWN else ""
    return f"{loader} and {', '.join(needed[:_SHOWN])}{more}"
