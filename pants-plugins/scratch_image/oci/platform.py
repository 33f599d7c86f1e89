"""Platforms as OCI writes them: GOOS, GOARCH and a variant (image-spec 1.1, image-index.md, "platform")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Optional, Tuple

ARCHITECTURES = (
    "386",
    "amd64",
    "arm",
    "arm64",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mipsle",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390x",
)
# What people call the architectures elsewhere (uname -m, LLVM triples, Debian).
_OTHER_NAMES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "x64": "amd64",
    "i386": "386",
    "i686": "386",
    "x86": "386",
    "aarch64": "arm64",
    "armhf": "arm/v7",
    "armv6": "arm/v6",
    "armv7": "arm/v7",
    "armv7l": "arm/v7",
    "powerpc64le": "ppc64le",
    "loongarch64": "loong64",
}
_VARIANT = re.compile(r"v[0-9]+(\.[0-9]+)?|rva[0-9]+[a-z][0-9]+|power[0-9]+")
# The version of the variant that is meant where none is given (containerd, platforms/database.go, normalizeArch).
_UNSAID = {"amd64": 1, "arm": 7, "arm64": 8}


@dataclass(frozen=True)
class Platform:
    """A platform; `variant` is None where there is none, for example `v7` for arm."""

    os: str
    architecture: str
    variant: Optional[str] = None

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Reads `linux/amd64` or `linux/arm/v7`. Raises ValueError with the cure."""
        parts = text.split("/")
        if len(parts) not in (2, 3):
            raise ValueError(f"{text!r} is no platform; write os/architecture or os/architecture/variant: 'linux/amd64'")
        if parts[0] != "linux":
            raise ValueError(f"{text!r}: the operating system of an image from scratch is 'linux', not {parts[0]!r}")
        if parts[1] not in ARCHITECTURES:
            meant = _OTHER_NAMES.get(parts[1].lower())
            hint = f"OCI calls it {meant!r}" if meant else f"use one of {', '.join(ARCHITECTURES)}"
            raise ValueError(f"{text!r}: {parts[1]!r} is no architecture; {hint}")
        variant = parts[2] if len(parts) == 3 else None
        if variant is not None and not _VARIANT.fullmatch(variant):
            raise ValueError(f"{text!r}: {variant!r} is no variant; write one like 'v7', or none")
        return cls(parts[0], parts[1], variant)

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def to_dict(self) -> Dict[str, object]:
        platform: Dict[str, object] = {"os": self.os, "architecture": self.architecture}
        return {**platform, "variant": self.variant} if self.variant else platform

    def normalized(self) -> Platform:
        """The same platform in the form that containerd compares (platforms/database.go, normalizeArch)."""
        default = f"v{_UNSAID.get(self.architecture)}"
        return Platform(self.os, self.architecture, None if self.variant == default else self.variant)

    def sort_key(self) -> Tuple[str, str, str]:
        """The order in an index: by os, architecture and variant, the plain one first."""
        return self.os, self.architecture, self.variant or ""

    def same_cpu(self, other: Platform) -> bool:
        """Whether both name one operating system and architecture; variants are not compared."""
        return (self.os, self.architecture) == (other.os, other.architecture)

    @property
    def version(self) -> int:
        """The number in the variant `v7`, or in the one that is meant where none is given; 0 where there is no such
        number."""
        digits = (self.variant or "").lstrip("v")
        return int(digits) if digits.isdigit() and len(digits) < 5 else _UNSAID.get(self.architecture, 0)
