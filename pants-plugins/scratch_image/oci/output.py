"""The end of a command that writes to stdout."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Callable

# The command's own status would say that all is told.
UNWRITTEN = 2
INTERRUPTED = 130


def written(command: Callable[[], int], name: str) -> int:
    """Runs a command, and returns its exit status: UNWRITTEN if its output cannot be written, with a sentence on stderr that
    begins with `name` unless the reader has gone, and INTERRUPTED after Ctrl-C."""
    try:
        try:
            return command()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        # A reader that has gone, such as `head`, wants no sentence.
        if not isinstance(error, BrokenPipeError):
            what = "the output cannot be written" if error.filename is None else ascii(error.filename)
            print(f"{name}: {what}: {error.strerror or error}", file=sys.stderr)
        # What is left in the buffer has to go somewhere when the interpreter ends.
        with contextlib.suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, sys.stdout.fileno())
            os.close(null)
        return UNWRITTEN
