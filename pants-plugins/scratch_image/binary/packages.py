"""The package and the module that a function of a Go program belongs to, by its name (debug/gosym, Sym.PackageName)."""

from __future__ import annotations

import re
from typing import Iterable

# What the compiler and the linker make themselves.
_GENERATED = (b"go:", b"type:", b"go.", b"type.")
_ESCAPED = re.compile(rb"%([0-9a-f]{2})")


def package_of(name: bytes) -> str:
    """The import path of a function's package, such as `net/http`; `go` for what the linker makes, and `C` for functions of
    other languages, whose names have no package."""
    if name.startswith(_GENERATED):
        # Such as `type:.eq.net/http.T`, which compares values of a type.
        return "go"
    # What follows an opening bracket are type arguments, which have slashes and dots of their own.
    plain = name.partition(b"[")[0]
    slash = plain.rfind(b"/") + 1
    dot = plain.find(b".", slash)
    if dot < 0:
        return "C"
    # The linker escapes dots and others in the last component.
    path = plain[:dot]
    if b"%" in path:
        path = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), path)
    return path.decode("utf-8", "backslashreplace")


def module_of(package: str, main: str, modules: Iterable[str]) -> str:
    """The path of the module of a package: the longest of `modules` that the package is in; `main`, the path of the main
    module, for package main; `std` for the standard library."""
    if package == "main":
        return main or "main"
    found = max((path for path in modules if f"{package}/".startswith(f"{path}/")), key=len, default="")
    return found or "std"
