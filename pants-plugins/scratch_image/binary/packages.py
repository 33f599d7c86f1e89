"""The package and the module that a function of a Go program belongs to, by its name (debug/gosym, Sym.PackageName)."""

from __future__ import annotations

import re
from typing import Iterable

# What the compiler and the linker make themselves.
LINKER = "go"
# With a colon since Go 1.20. A path may begin with `go.`: go.uber.org/zap.
_GENERATED = re.compile(rb"go:|type:|type\.\.|go\.[^./]*\Z")
# Functions that compare and hash values of a type, whose name they have: `type:.eq.net/http.T`, `type:.hash.[2]net/http.T`.
_OF_TYPE = re.compile(rb"type[:.]\.(?:eq|hash)\.")
_WORD = re.compile(rb"[A-Za-z0-9_.~%/-]+")
_ESCAPED = re.compile(rb"%([0-9a-f]{2})")


def package_of(name: bytes) -> str:
    """The import path of a function's package, such as `net/http`; `go` for what the linker makes, and `C` for functions of
    other languages, whose names have no package."""
    if is_generated(name):
        match = _OF_TYPE.match(name)
        words = _WORD.findall(name, match.end()) if match else []
        return next((path for path in map(_path, words) if path), LINKER)
    # What follows an opening bracket are type arguments, which have slashes and dots of their own.
    return _path(name.partition(b"[")[0]) or "C"


def is_generated(name: bytes) -> bool:
    """Whether the compiler or the linker made a function, which has no package of its own."""
    return name.startswith((b"go", b"type")) and _GENERATED.match(name) is not None


def _path(name: bytes) -> str:
    """The path in front of the first dot in the last component of a name; empty if there is none."""
    path, dot, _ = name[name.rfind(b"/") + 1 :].partition(b".")
    if not dot:
        return ""
    path = name[: name.rfind(b"/") + 1] + path
    # The linker escapes dots and others in the last component.
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
