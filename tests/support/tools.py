"""Programs of the system that tests use as second readers."""

from __future__ import annotations

import os
import shutil

import pytest


def require(tool: str) -> str:
    """The path of a program. Where it is missing the test is skipped, or fails if SCRATCH_IMAGE_REQUIRE_TOOLS is 1."""
    path = shutil.which(tool)
    if path is None:
        message = f"{tool} is not installed"
        if os.environ.get("SCRATCH_IMAGE_REQUIRE_TOOLS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return path
