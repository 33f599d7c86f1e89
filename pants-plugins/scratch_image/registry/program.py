"""Runs a program of the user: a credential helper, a command that signs. It may hang, or write without an end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from typing import IO, Callable, Mapping, NamedTuple, Optional, Sequence

_PIECE = 64 << 10
# Bytes of the standard error that are kept, the last ones.
_ERRORS = 16 << 10
# Seconds between two calls of `check`, and for the end of the standard error.
_POLL, _ERRORS_WAIT = 0.05, 1.0


class TooMuch(Exception):
    """A program wrote more to its standard output than is read."""


class Ran(NamedTuple):
    """The exit status of a program, its standard output, and the end of its standard error."""

    status: int
    output: bytes
    errors: bytes


def run(
    command: Sequence[str],
    given: bytes,
    variables: Mapping[str, str],
    most: int,
    check: Callable[[], None],
    directory: Optional[str] = None,
) -> Ran:
    """Runs a program with `given` on its standard input, until it has ended and closed its output. Raises TooMuch if it
    writes more than `most` bytes, what `check` raises, which is called all the while, and OSError if it cannot be started.
    It has a session of its own, so that what it has started is killed with it then."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=directory,
        env=dict(variables),
        start_new_session=True,
    )
    assert process.stdin and process.stdout and process.stderr
    threading.Thread(target=_write, args=(process.stdin, given), daemon=True).start()
    output, errors = _Output(process.stdout, most), _Errors(process.stderr)
    try:
        while output.is_alive() or process.poll() is None:
            check()
            output.join(_POLL)
            if output.is_too_long:
                raise TooMuch
            if not output.is_alive():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL)
        # What the program has started, and nobody waits for, may hold the other end.
        errors.join(_ERRORS_WAIT)
        if output.is_too_long:
            raise TooMuch
        return Ran(process.returncode, bytes(output.content), bytes(errors.content))
    except BaseException:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


class _Reader(threading.Thread):
    """Reads a pipe, and closes it. It is a daemon, because a program in another session may hold the other end."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self.content = bytearray()
        self.start()

    def run(self) -> None:
        """See Thread.run."""
        with self._pipe as pipe:
            for piece in iter(lambda: os.read(pipe.fileno(), _PIECE), b""):
                self.content += piece
                if self._is_enough():
                    break

    def _is_enough(self) -> bool:
        raise NotImplementedError


class _Output(_Reader):
    def __init__(self, pipe: IO[bytes], most: int) -> None:
        self._most = most
        super().__init__(pipe)

    @property
    def is_too_long(self) -> bool:
        return len(self.content) > self._most

    def _is_enough(self) -> bool:
        return self.is_too_long


class _Errors(_Reader):
    def _is_enough(self) -> bool:
        del self.content[:-_ERRORS]
        return False


def _write(pipe: IO[bytes], given: bytes) -> None:
    # A program may end, or close its standard input, without reading it.
    with contextlib.suppress(OSError), pipe:
        pipe.write(given)
