"""The names under which the parts of a Go program are summed up: packages, each with its module."""

from __future__ import annotations

from typing import Dict, Tuple

from scratch_image.binary.elf import Elf
from scratch_image.binary.go import read_build
from scratch_image.binary.packages import LINKER, is_generated, module_of, package_of
from scratch_image.binary.sections import Section

# (kind, package, module with its version)
Key = Tuple[str, str, str]


class Keys:
    """The keys of packages: the module of each, with its version."""

    def __init__(self, elf: Elf, sections: Tuple[Section, ...]) -> None:
        build = read_build(elf, sections)
        self._versions = {module.path: module.version for module in build.modules} if build else {}
        first = build.modules[0].path if build and build.modules else ""
        # Sources that are named one by one are of no module.
        own = build.path if build and build.path != "command-line-arguments" else ""
        self._main = first if f"{own}/".startswith(f"{first}/") else own
        self._go = build.version if build else ""
        self._known: Dict[str, Key] = {}
        self._last: Tuple[bytes, Key] = (b"", ("", "", ""))

    def of(self, function: bytes) -> Key:
        """The key of a function's package."""
        # Functions of a package are together.
        start, key = self._last
        if start and function.startswith(start) and b"/" not in function[len(start) :]:
            return key
        package = package_of(function)
        key = self.of_package(package)
        is_plain = package not in (LINKER, "C") and b"[" not in function and not is_generated(function)
        end = function.find(b".", function.rfind(b"/") + 1) if is_plain else -1
        self._last = function[: end + 1], key
        return key

    def of_package(self, package: str) -> Key:
        """The key of a package, by its path."""
        if package not in self._known:
            self._known[package] = ("package", package, self._group(package))
        return self._known[package]

    def _group(self, package: str) -> str:
        if package in (LINKER, "C"):
            return ""
        module = module_of(package, self._main, self._versions)
        version = self._go if module == "std" else self._versions.get(module, "")
        return f"{module} {version}".strip()
