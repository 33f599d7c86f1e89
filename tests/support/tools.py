"""Programs of the system that tests use as second readers."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support import probes


def missing(message: str) -> NoReturn:
    """Skips the test, or fails it if SCRATCH_IMAGE_REQUIRE_TOOLS is 1."""
    if os.environ.get("SCRATCH_IMAGE_REQUIRE_TOOLS") == "1":
        pytest.fail(message)
    pytest.skip(message)


def require(tool: str) -> str:
    """The path of a program that works on this machine (`probes.py`); where there is none, see `missing`."""
    path = shutil.which(tool) or missing(f"{tool} is not installed")
    problem = probes.problem(path)
    return missing(f"{tool} cannot work here: {problem}") if problem else path


def require_directory(path: str, package: str) -> Path:
    """A directory that a package of the system holds."""
    return Path(path) if os.path.isdir(path) else missing(f"{path} of the Debian package {package} is not there")


def require_module(name: str, package: str) -> None:
    """A module of the system's own Python, which processes of the backend run on first."""
    if subprocess.run(("/usr/bin/python3", "-c", f"import {name}"), stderr=subprocess.DEVNULL).returncode:
        missing(f"/usr/bin/python3 has no {name}: the Debian package {package} is not installed")


def require_sbom_readers() -> str:
    """The interpreter of the virtual environment with the libraries of CycloneDX, SPDX and in-toto."""
    python = os.path.join(os.environ.get("SCRATCH_IMAGE_SBOM_READERS", ""), "bin", "python")
    return (
        python
        if os.path.isfile(python)
        else missing("SCRATCH_IMAGE_SBOM_READERS does not name a directory made by .ci/sbom-readers")
    )


def require_buildgrid() -> Path:
    """The virtual environment with BuildGrid."""
    program = os.path.join(os.environ.get("SCRATCH_IMAGE_BUILDGRID", ""), "bin", "bgd")
    if not os.path.isfile(program):
        missing("SCRATCH_IMAGE_BUILDGRID does not name a directory made by .ci/buildgrid")
    problem = probes.problem(program)
    return missing(f"BuildGrid cannot work here: {problem}") if problem else Path(program).parent.parent
