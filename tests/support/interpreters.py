"""Other interpreters and other CPUs to run on what a process of ours runs."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
from pathlib import Path
from typing import List, Optional

from scratch_image.engine.tool import FIRST, WORKER, Tool
from tests.support import probes
from tests.support.staged import stage_tree
from tests.support.tools import missing, require

LOCK = "pants-plugins/scratch_image/assembler/requirements.txt"
MAKERS = (
    "tests/golden/images.py",
    "tests/golden/table.py",
    "tests/support/greeting.py",
    "tests/support/programs.py",
)


def interpreter(version: str) -> str:
    """A CPython of a version such as `3.11`, from PATH or pyenv; skips or fails like `require`."""
    pyenv = os.environ.get("PYENV_ROOT") or f"{os.environ.get('HOME', '')}/.pyenv"
    for path in (shutil.which(f"python{version}"), *sorted(glob.glob(f"{pyenv}/versions/{version}.*/bin/python{version}"))):
        found = _executable(path) if path else ""
        if found:
            return found
    return require(f"python{version}")


def _executable(path: str) -> str:
    """The interpreter itself behind a path, which may be a script that looks for one; empty if it is none with pip."""
    done = subprocess.run([path, "-c", "import pip, sys; print(sys.executable)"], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def environment(python: str, directory: Path) -> Path:
    """Makes a virtual environment; gives its interpreter."""
    subprocess.run([python, "-m", "venv", directory], check=True)
    return directory / "bin" / "python"


def arm64_root() -> Path:
    """A directory with the files of an arm64 system that has a CPython 3.11, as .ci/arm64-root makes it."""
    root = os.environ.get("SCRATCH_IMAGE_ARM64_ROOT")
    if not root:
        missing("SCRATCH_IMAGE_ARM64_ROOT does not name a directory made by .ci/arm64-root")
    problem = probes.said((require("qemu-aarch64-static"), "-L", root, f"{root}/usr/bin/python3.11", "-c", ""))
    return missing(f"the system in SCRATCH_IMAGE_ARM64_ROOT cannot work here: {problem}") if problem else Path(root)


def set_up(directory: Path, python: str, platform: Optional[str] = None) -> None:
    """Lays out a sandbox of the layer process: sources, the modules of tests that make images, and the libraries' wheels for
    an interpreter (and a platform)."""
    shutil.copytree("pants-plugins/scratch_image", directory / "sources/scratch_image")
    stage_tree(FIRST, directory / WORKER)
    for module in MAKERS:
        (directory / "sources" / module).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(module, directory / "sources" / module)
    pinned = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", LOCK]
    foreign = ["--platform", platform, "--abi", "cp311", "--abi", "abi3"] if platform else []
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-compile", "--root-user-action=ignore"]
    target = ["--target", str(directory / "libraries/all")]
    subprocess.run([python, "-m", "pip", "install", *quiet, *pinned, *foreign, *target], check=True)


def run_module(directory: Path, command: List[str], module: str, *arguments: str) -> bytes:
    """Runs a module as the main module of a process below a directory, with nothing in its environment; gives its output."""
    *emulator, python = command
    done = subprocess.run([*emulator, *Tool(module).command(python, arguments)], cwd=directory, env={}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
