"""Writes files into one tar archive, in one pass."""

from __future__ import annotations

import os

from scratch_image.assembler.archive_plan import ArchivePlan
from scratch_image.oci import tar

_MODE = 0o644
_PIECE = 1 << 20


def write_archive(plan: ArchivePlan, root: str, path: str) -> None:
    """Writes files below `root` to `path` (recipe tar.1, mode 0644, owner 0:0), which exists only once it is complete.
    Memory does not grow with the files. Raises tar.ContentChanged, OSError."""
    entries = tar.with_parents(tar.FileEntry(name, name, size, _MODE) for name, size in plan.files)

    def open_content(entry: tar.FileEntry) -> tar.Source:
        return open(f"{root}/{entry.content}", "rb", buffering=0)

    temporary = f"{path}.writing"
    with open(temporary, "wb", buffering=0) as file:
        for piece in tar.blocks(entries, open_content, _PIECE):
            left = memoryview(piece)
            while left:
                left = left[file.write(left) :]
    os.rename(temporary, path)
