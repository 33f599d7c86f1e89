"""The interpreter that the layer process is measured with."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import Optional

from benchmarks.errors import CannotMeasure

_QUESTION = "import platform, sys; print(platform.python_implementation(), platform.python_version(), sys.executable)"
_MINORS = range(9, 15)


@dataclass(frozen=True)
class Interpreter:
    """A CPython: its whole path, and its version, `3.11.2`."""

    path: str
    version: str


def find(wanted: Optional[str]) -> Interpreter:
    """`wanted`, or as Pants looks for it: the system's place first, then PATH. Raises CannotMeasure."""
    for path in (wanted,) if wanted else ("/usr/bin/python3", shutil.which("python3")):
        found = _usable(path) if path else None
        if found:
            return found
    raise CannotMeasure(f"{wanted or 'python3'} is not a CPython 3.{_MINORS[0]} to 3.{_MINORS[-1]}; name one with --python")


def _usable(path: str) -> Optional[Interpreter]:
    """The interpreter that answers at `path`, by its own place: the one asked may be a script that chooses one."""
    try:
        answer = subprocess.run((path, "-IS", "-c", _QUESTION), stdout=subprocess.PIPE, text=True).stdout
    except OSError:
        return None
    implementation, version, executable = (*answer.strip().split(" ", 2), "", "", "")[:3]
    if implementation != "CPython" or not version.startswith(tuple(f"3.{minor}." for minor in _MINORS)):
        return None
    return Interpreter(executable, version)
