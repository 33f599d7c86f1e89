"""The hash-locked compilers that make test programs, and the environment in which they run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, Sequence

from tests.corpus.steps import LOCKS, stamp

PIP = (sys.executable, "-m", "pip")


class Tools:
    """Compilers from wheels, installed below a directory; `locks` are names in 3rdparty/python."""

    def __init__(self, directory: Path, locks: Sequence[str]) -> None:
        self._locks = [LOCKS / lock for lock in locks]
        self._caches = directory / ".caches"
        self._partial = directory / ".partial-tools"
        self.path = directory / f".tools-{stamp(*(lock.read_bytes() for lock in self._locks))}"

    def install(self) -> None:
        """Installs them, unless they are there."""
        if self.path.exists():
            return
        shutil.rmtree(self._partial, ignore_errors=True)
        quiet = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-compile", "--no-warn-conflicts")
        pinned = ("--require-hashes", "--no-deps", "--only-binary=:all:", "--target", str(self._partial))
        locks = [part for lock in self._locks for part in ("--requirement", str(lock))]
        subprocess.run([*PIP, "install", *quiet, *pinned, *locks], check=True)
        self._partial.rename(self.path)

    def environment(self) -> Dict[str, str]:
        """Without the settings of whoever runs it; Go and Zig come before what is on PATH."""
        places = (self.path / "go/bin", self.path / "ziglang")
        return {
            "CGO_ENABLED": "0",
            "GOCACHE": str(self._caches / "go"),
            "GOENV": "off",
            "GOFLAGS": "",
            "GOPATH": str(self._caches / "go-path"),
            "GOPROXY": "off",
            "GOROOT": str(self.path / "go"),
            "GOTOOLCHAIN": "local",
            "HOME": str(self._caches),
            "LC_ALL": "C",
            "PATH": os.pathsep.join([*map(str, places), os.environ.get("PATH", os.defpath)]),
            "ZIG_GLOBAL_CACHE_DIR": str(self._caches / "zig"),
            "ZIG_LOCAL_CACHE_DIR": str(self._caches / "zig"),
        }
