"""From an ELF file to the OCI platform of the image that runs it.

Machine numbers: System V gABI, "e_machine", and the registry that followed it. Names: GOARCH, as image-spec 1.1 asks.
"""

from __future__ import annotations

from typing import Dict, Tuple

from scratch_image.binary.facts import ProgramFacts
from scratch_image.oci.platform import Platform

_PLATFORMS: Dict[Tuple[int, int, str], str] = {
    (3, 32, "little"): "386",
    (8, 32, "big"): "mips",
    (8, 32, "little"): "mipsle",
    (8, 64, "big"): "mips64",
    (8, 64, "little"): "mips64le",
    (21, 64, "big"): "ppc64",
    (21, 64, "little"): "ppc64le",
    (22, 64, "big"): "s390x",
    (40, 32, "little"): "arm",
    (62, 64, "little"): "amd64",
    (183, 64, "little"): "arm64",
    (243, 64, "little"): "riscv64",
    (258, 64, "little"): "loong64",
}
# For the message about a file that no image can run.
_NAMES = {2: "SPARC", 3: "x86", 8: "MIPS", 20: "PowerPC", 21: "PowerPC 64", 22: "S/390", 40: "ARM", 43: "SPARC V9",
          50: "IA-64", 62: "x86-64", 183: "AArch64", 243: "RISC-V", 247: "BPF", 258: "LoongArch"}  # fmt: skip


class UnknownMachine(Exception):
    """OCI has no platform for the machine of the ELF file; the text describes the file."""


def platform_of(program: ProgramFacts) -> Platform:
    """The platform, with the variant that the file proves. Raises UnknownMachine.

    `arm` has one if it is known; `amd64` only from v2 on, because everybody asks for plain `amd64`; `arm64` has none:
    readers treat `v8` and no variant as the same (containerd, platforms/database.go).
    """
    architecture = _PLATFORMS.get((program.machine, program.word_size, program.endianness))
    if architecture is None:
        name = _NAMES.get(program.machine, "unknown")
        raise UnknownMachine(
            f"a {program.word_size}-bit {program.endianness}-endian ELF file for machine {program.machine} ({name}), "
            "which has no OCI platform"
        )
    if architecture == "arm" and program.arm_version:
        return Platform("linux", architecture, f"v{program.arm_version}")
    if architecture == "amd64" and (program.x86_level or 1) > 1:
        return Platform("linux", architecture, f"v{program.x86_level}")
    return Platform("linux", architecture)
