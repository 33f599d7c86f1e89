"""Folders and files that are made for a while."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Iterator, Optional


@contextlib.contextmanager
def scratch(parent: Optional[Path]) -> Iterator[Path]:
    """A new folder below `parent`, or the system's place for temporary files; removed at the end."""
    if parent:
        parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="benchmarks-", dir=parent)).resolve()
    try:
        yield folder
    finally:
        remove(folder)


@contextlib.contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `folder` when that worked. What is there by then, from someone else, stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with scratch(folder.parent) as filling:
        yield filling
        if not folder.exists():
            filling.chmod(0o755)
            filling.rename(folder)


def fill_and_free(file: Path, size: int) -> None:
    """Writes a file of `size` bytes and removes it, which leaves that much free memory that was used just now.

    A virtual machine may give freed memory back to its host. The first to write to it again then waits for it, with each
    page, so that a run would cost by what was freed before it.
    """
    block = bytes(1 << 20)
    with open(file, "wb") as target:
        for _ in range(-(-size // len(block))):
            target.write(block)
    file.unlink()


def remove(folder: Path) -> None:
    """Removes a folder, and what is in directories that may not be written to."""
    if not folder.exists():
        return
    for directory, _, _ in os.walk(folder):
        os.chmod(directory, 0o700)
    shutil.rmtree(folder)
