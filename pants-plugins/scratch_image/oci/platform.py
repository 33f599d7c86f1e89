"""Platforms as OCI writes them: GOOS, GOARCH and a variant (image-spec 1.1, image-index.md, "platform")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Optional, Tuple

ARCHITECTURES = (
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64",
    "s390x",
)  # fmt: skip
# What uname -m, LLVM, Debian and Docker Hub call them.
_OTHER_NAMES = {
    "x86_64": "amd64", "x86-64": "amd64", "x64": "amd64", "i386": "386", "i686": "386", "x86": "386", "aarch64": "arm64",
    "armel": "arm/v5", "armhf": "arm/v7", "armv5": "arm/v5", "armv6": "arm/v6", "armv6l": "arm/v6", "armv7": "arm/v7",
    "armv7l": "arm/v7", "arm32v5": "arm/v5", "arm32v6": "arm/v6", "arm32v7": "arm/v7", "armv8": "arm64",
    "arm64v8": "arm64/v8",
    "powerpc64le": "ppc64le", "ppc64el": "ppc64le", "mipsel": "mipsle", "mips64el": "mips64le", "loongarch64": "loong64",
}  # fmt: skip
# What readers assume where there is no variant (containerd, platforms/database.go).
_DEFAULT_VARIANTS = {"amd64": "v1", "arm": "v7", "arm64": "v8"}
# image-spec 1.1, image-index.md, "Platform Variants"; Go's GOAMD64, GOARM, GOARM64, GOPPC64 and GORISCV64. arm/v8 is the
# 32-bit state of ARMv8, arm/v4 what programs for early ARMs state.
_POWER = ("power8", "power9", "power10", "power11")
_VARIANTS: Dict[str, Tuple[str, ...]] = {
    "amd64": ("v1", "v2", "v3", "v4"),
    "arm": ("v4", "v5", "v6", "v7", "v8"),
    "arm64": ("v8", "v9", *(f"v8.{minor}" for minor in range(10)), *(f"v9.{minor}" for minor in range(6))),
    "ppc64": _POWER,
    "ppc64le": _POWER,
    "riscv64": ("rva20u64", "rva22u64", "rva23u64"),
}


@dataclass(frozen=True)
class Platform:
    """`os` and `architecture` are Go's names; `variant`, for example `v7` for arm, is None if there is none."""

    os: str
    architecture: str
    variant: Optional[str] = None

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Reads `linux/amd64` or `linux/arm/v7`. Raises ValueError with the cure."""
        parts = text.split("/")
        if len(parts) not in (2, 3):
            meant = _meant(text) or "linux/amd64"
            raise ValueError(f"{text!r} is not a valid platform; write os/architecture[/variant]: {meant!r}")
        if parts[0] != "linux":
            meant = _meant(text) or _meant("/".join(parts[1:]))
            cure = f"write {meant!r}" if meant else "images from scratch are for 'linux', for example 'linux/amd64'"
            raise ValueError(f"{text!r}: unknown operating system {parts[0]!r}; {cure}")
        if parts[1] not in ARCHITECTURES:
            meant = _meant(text)
            cure = f"OCI calls it {meant!r}" if meant else f"choose from {', '.join(ARCHITECTURES)}"
            raise ValueError(f"{text!r}: unknown architecture {parts[1]!r}; {cure}")
        variant = parts[2] if len(parts) == 3 else None
        if variant is not None and variant not in _VARIANTS.get(parts[1], ()):
            raise ValueError(f"{text!r}: unknown variant {variant!r}; {_variant_cure(parts[1], variant)}")
        return cls(parts[0], parts[1], variant)

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def to_dict(self) -> Dict[str, object]:
        """As JSON has it."""
        platform: Dict[str, object] = {"os": self.os, "architecture": self.architecture}
        return {**platform, "variant": self.variant} if self.variant else platform

    def normalized(self) -> Platform:
        """The same platform without a default variant, as containerd compares platforms (normalizeArch)."""
        default = _DEFAULT_VARIANTS.get(self.architecture)
        return Platform(self.os, self.architecture, None if self.variant == default else self.variant)

    def sort_key(self) -> Tuple[str, str, str]:
        """The order in an index: by os, architecture and variant, the plain one first."""
        return self.os, self.architecture, self.variant or ""

    def same_cpu(self, other: Platform) -> bool:
        """Whether both name one operating system and architecture; variants are not compared."""
        return (self.os, self.architecture) == (other.os, other.architecture)

    @property
    def version(self) -> Optional[int]:
        """The number in the variant, `7` of `v7`; without a variant, that in the default of arm and amd64; None if there is
        no whole number."""
        default = "" if self.architecture == "arm64" else _DEFAULT_VARIANTS.get(self.architecture, "")
        digits = (self.variant or default).lstrip("v")
        return int(digits) if digits.isdigit() and len(digits) < 5 else None


def _meant(written: str) -> str:
    """A platform that was written without its system, with another one or with other names or separators; empty if it is not
    known which."""
    architecture, _, rest = re.sub("^(linux)?[^a-z0-9]*", "", written.strip().lower()).strip(" /").partition("/")
    base, _, implied = _OTHER_NAMES.get(architecture, architecture).partition("/")
    if base not in ARCHITECTURES:
        return ""
    known = _VARIANTS.get(base, ())
    variant = next((each for each in (rest, f"v{rest}", implied) if each in known), "")
    return f"linux/{base}/{variant}".rstrip("/")


def _variant_cure(architecture: str, variant: str) -> str:
    """What to write instead of a variant that `architecture` does not have."""
    known = _VARIANTS.get(architecture)
    if not known:
        return f"{architecture} has none, so write 'linux/{architecture}'"
    meant = next((each for each in (variant.strip().lower(), f"v{variant.strip().lower()}") if each in known), "")
    return f"did you mean 'linux/{architecture}/{meant}'?" if meant else f"choose from {', '.join(known)}, or write none"
