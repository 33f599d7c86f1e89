"""The root of a small system for containers: what Pants needs of one, and Python if wanted, copied from this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.support.tools import missing

# What Pants starts in a container: a shell that waits, `env` and `bash` to look for programs, `chmod` for what was made.
_PROGRAMS = ("/bin/sh", "/bin/bash", "/bin/cat", "/bin/chmod", "/bin/cp", "/bin/sleep", "/usr/bin/env")
_PYTHON = "/usr/bin/python3"
# Large, and nothing that a process of ours imports.
_LEFT_OUT = ("__pycache__", "config-*", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter")


def small_root(directory: Path, *, python: bool) -> Path:
    """Writes it to a directory that is not there yet."""
    programs = [*_PROGRAMS, *([_PYTHON] if python else [])]
    for program in programs:
        if not os.path.exists(program):
            missing(f"{program} is not there")
        _add(program, directory)
    if python:
        script = "import sysconfig; print(sysconfig.get_path('stdlib'))"
        library = subprocess.run(
            [_PYTHON, "-IS", "-c", script], stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip()
        shutil.copytree(library, directory / library.lstrip("/"), ignore=shutil.ignore_patterns(*_LEFT_OUT))
        for module in Path(library, "lib-dynload").glob("*.so"):
            _add(str(module), directory)
    for empty in ("dev", "proc", "sys", "tmp"):
        (directory / empty).mkdir()
    return directory


def _add(path: str, directory: Path) -> None:
    """A program or a library with all libraries that it loads."""
    listed = subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    for source in (path, *re.findall(r"/\S+", listed)):
        target = directory / source.lstrip("/")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(source), target)
