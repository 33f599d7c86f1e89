"""A file's bytes, mapped; and the frame of a process that reads one file."""

from __future__ import annotations

import mmap
import sys
from contextlib import contextmanager
from typing import BinaryIO, Callable, Iterator, List


@contextmanager
def mapped(file: BinaryIO) -> Iterator[memoryview]:
    """All bytes of a file that is open. Raises OSError."""
    if file.seek(0, 2) == 0:
        yield memoryview(b"")  # An empty file cannot be mapped.
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
        yield view


def answer(args: List[str], read: Callable[[memoryview], bytes]) -> int:
    """Prints what `read` makes of the bytes of the file that is the one argument, and returns the exit status: 1 if the file
    cannot be read, which a sentence on stderr says."""
    (path,) = args
    try:
        with open(path, "rb") as file, mapped(file) as view:
            content = read(view)
    except OSError as error:
        print(f"the file could not be read: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(content)
    return 0
