"""Which platforms this machine runs, by itself and by qemu-user."""

from __future__ import annotations

import os
import sys
from typing import Dict, Optional, Tuple

from scratch_image.oci.names import LAYOUT
from scratch_image.oci.platform import Platform
from scratch_image.run.errors import NotRun

# `uname -m` → platforms, what is preferred first.
_PLATFORMS: Dict[str, Tuple[str, ...]] = {
    "x86_64": ("amd64", "amd64/v2", "amd64/v3", "amd64/v4", "386"),
    "i686": ("386",),
    "aarch64": ("arm64", "arm64/v8", "arm/v7", "arm/v6", "arm/v5"),
    "armv7l": ("arm/v7", "arm/v6", "arm/v5"),
    "armv6l": ("arm/v6", "arm/v5"),
    "ppc64le": ("ppc64le",),
    "riscv64": ("riscv64",),
    "s390x": ("s390x",),
    "loongarch64": ("loong64",),
}
# What qemu calls an architecture, where that is another name.
_QEMU = {
    "amd64": "x86_64",
    "386": "i386",
    "arm64": "aarch64",
    "loong64": "loongarch64",
    "mipsle": "mipsel",
    "mips64le": "mips64el",
}
# What an error shows of the image, as podman names it, where its path is not known.
STORED = "oci:PATH"
_BINFMT = "/proc/sys/fs/binfmt_misc"


def platforms(machine: str) -> Tuple[Platform, ...]:
    """What a CPU as `uname -m` names it runs by itself."""
    return tuple(Platform.parse(f"linux/{name}") for name in _PLATFORMS.get(machine, ()))


def stored_for_podman(path: str) -> str:
    """How podman names the image at a path: a layout, a directory with one in it, as `package` writes it, or an archive."""
    if os.path.isfile(path):
        return f"oci-archive:{path}"
    layout = os.path.join(path, LAYOUT)
    return f"oci:{layout if os.path.isdir(layout) else path}"


def check_system() -> None:
    """Raises NotRun where the system is not Linux."""
    if not sys.platform.startswith("linux"):
        name = {"darwin": "macOS", "win32": "Windows"}.get(sys.platform, sys.platform)
        raise NotRun(
            f"An image runs on Linux only: this is {name}. Use `podman run --rm -i {STORED} ARGS` (podman machine), "
            "or run Pants in a Linux VM"
        )


def emulator(platform: Platform) -> Optional[str]:
    """The path of qemu-user for a platform that this machine does not run by itself; None where it needs none: the machine
    runs it, or the kernel starts qemu. Raises NotRun where there is no qemu."""
    machine = os.uname().machine
    if any(platform.normalized() == own.normalized() for own in platforms(machine)):
        return None
    name = f"qemu-{_QEMU.get(platform.architecture, platform.architecture)}"
    if any(_is_registered(f"{_BINFMT}/{each}") for each in (name, f"{name}-static")):
        return None
    for each in (f"{name}-static", name):
        for directory in os.environ.get("PATH", os.defpath).split(":"):
            path = os.path.join(directory, each)
            if directory and os.access(path, os.X_OK):
                return path
    raise NotRun(f"this CPU ({machine}) does not run {platform} programs; install {name}-static (Debian: qemu-user-static)")


def _is_registered(path: str) -> bool:
    """Whether the kernel opens an interpreter itself, wherever the program's root is (binfmt_misc, flag F)."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return False
    return "enabled" in lines and any(line.startswith("flags:") and "F" in line for line in lines)
