"""A file's bytes, mapped."""

from __future__ import annotations

import mmap
from contextlib import contextmanager
from typing import BinaryIO, Iterator


@contextmanager
def mapped(file: BinaryIO) -> Iterator[memoryview]:
    """All bytes of a file that is open. Raises OSError."""
    if file.seek(0, 2) == 0:
        yield memoryview(b"")  # An empty file cannot be mapped.
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
        yield view
