"""What the build left in the program, or recorded in it."""

from __future__ import annotations

from typing import Iterator

from scratch_image.binary.facts import ProgramFacts
from scratch_image.binary.linkage import DYNAMIC
from scratch_image.binary.text import readable
from scratch_image.checks.cures import path_cure, strip_cure
from scratch_image.checks.findings import Finding
from scratch_image.oci.numbers import size

# In bytes: less is not worth a finding.
_WORTH_STRIPPING = 1 << 16


def build(binary: str, program: ProgramFacts, target_kind: str) -> Iterator[Finding]:
    """SR050 to SR052. `binary` is the address of the program, `target_kind` the alias of the target that makes it."""
    if program.needs and program.needs.cgo and program.linkage != DYNAMIC:
        text = f"{binary} contains C code (cgo), although it is static"
        yield Finding.of("SR050", text, "set `CGO_ENABLED=0` if nothing needs the C code")
    if program.go_build and program.go_build.settings.get("vcs.modified") == "true":
        revision = readable(program.go_build.settings.get("vcs.revision", "an unknown revision").encode())
        text = f"{binary} was built from {revision} with changes that were not committed"
        yield Finding.of("SR050", text, "commit them")
    if program.build_path:
        text = f"{binary} contains the path {program.build_path}, which changes with each build, and with it the digest"
        yield Finding.of("SR051", text, path_cure(program, target_kind))
    if program.strippable_bytes >= _WORTH_STRIPPING:
        text = f"{binary} has {size(program.strippable_bytes)} of symbols and debug information"
        yield Finding.of("SR052", text, strip_cure(program, target_kind))
