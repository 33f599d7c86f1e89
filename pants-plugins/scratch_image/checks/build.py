"""What the build left in the program, or says of itself."""

from __future__ import annotations

from typing import Iterator

from scratch_image.binary.facts import ProgramFacts
from scratch_image.binary.text import readable
from scratch_image.checks.cures import path_cure, strip_cure
from scratch_image.checks.findings import Finding, found

# Less is not worth a line, in bytes.
_WORTH_STRIPPING = 1 << 16


def build(binary: str, program: ProgramFacts, target_kind: str) -> Iterator[Finding]:
    if program.needs and program.needs.cgo:
        text = f"{binary} has C code in it (cgo), although it is static"
        yield found("SR050", text, "set CGO_ENABLED=0, if nothing needs the C code")
    if program.go_build and program.go_build.settings.get("vcs.modified") == "true":
        revision = readable(program.go_build.settings.get("vcs.revision", "an unknown revision").encode())
        yield found("SR050", f"{binary} was built from {revision} with changes that were not committed", "commit them")
    if program.build_path:
        text = f"{binary} holds the path {program.build_path}, another one at each build: so is its digest"
        yield found("SR051", text, path_cure(program, target_kind))
    if program.strippable_bytes >= _WORTH_STRIPPING:
        text = f"{binary} has {program.strippable_bytes:,} bytes of symbols and debug information".replace(",", " ")
        yield found("SR052", text, strip_cure(program, target_kind))
