"""The process of one request: a fork of the worker, with what a process of its own has."""

from __future__ import annotations

import os
import signal
import sys
from typing import Dict, NamedTuple, Optional, Tuple

from scratch_image.worker import frames, life
from scratch_image.worker.connection import Connection
from scratch_image.worker.frames import Request

_PIECE = 1 << 16
_INPUT, _OUTPUT, _ERRORS = range(3)


class Pipes(NamedTuple):
    """Three pipes, as (read end, write end): the child's output, its errors, and one that the worker holds open while it
    lives."""

    output: Tuple[int, int]
    errors: Tuple[int, int]
    life: Tuple[int, int]

    @classmethod
    def open(cls) -> Pipes:
        """Raises OSError."""
        return cls(os.pipe(), os.pipe(), os.pipe())


class Child:
    """A child, seen by its worker. Its output goes to `connection`."""

    def __init__(self, pid: int, pipes: Pipes, connection: Connection) -> None:
        self.connection = connection
        self._pid = pid
        self._life = pipes.life[1]
        self._kinds = {pipes.output[0]: frames.STDOUT, pipes.errors[0]: frames.STDERR}
        self._code: Optional[int] = None
        for end in (pipes.output[1], pipes.errors[1], pipes.life[0]):
            os.close(end)
        try:
            os.setpgid(pid, pid)  # The child does it as well: whoever comes first.
        except OSError:
            pass

    @property
    def pipes(self) -> Dict[int, bytes]:
        """The ends that can be read, and the kind of frame for what is in them."""
        return self._kinds

    def pass_on(self, pipe: int) -> None:
        """Sends what the child has written to one of `pipes`."""
        content = os.read(pipe, _PIECE)
        if content:
            self.connection.write(frames.output(self._kinds[pipe], content))
        else:
            os.close(pipe)
            del self._kinds[pipe]

    def has_ended(self) -> bool:
        """Whether the child and all that it has started are gone, and all of its output was passed on."""
        if self._code is None and os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            life.end_group(self._pid)
            self._wait()
        return self._code is not None and not self._kinds

    def end(self) -> None:
        """Ends the child, if it has not ended."""
        if self._code is None:
            life.end_group(self._pid)

    def close(self) -> int:
        """Gives the exit code: negative after a signal."""
        self.end()
        if self._code is None:
            self._wait()
        assert self._code is not None
        for pipe in (*self._kinds, self._life):
            os.close(pipe)
        return self._code

    def _wait(self) -> None:
        _, status = os.waitpid(self._pid, 0)
        self._code = os.waitstatus_to_exitcode(status)


def become(request: Request, pipes: Pipes, parent: int, directory: str) -> None:
    """Makes this process the process of a request. It is a fork of the worker `parent`, which works in `directory`, and has
    closed the worker's sockets."""
    os.setpgid(0, 0)
    for handled in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(handled, signal.SIG_DFL)
    for end in (pipes.output[0], pipes.errors[0], pipes.life[1]):
        os.close(end)
    life.end_with(pipes.life[0], parent, directory)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, number in ((nothing, _INPUT), (pipes.output[1], _OUTPUT), (pipes.errors[1], _ERRORS)):
        os.dup2(descriptor, number)
        os.close(descriptor)
    # Pants gives a process that names no PATH an empty one, and a worker none.
    os.environ["PATH"] = ""
    os.environ.update(request.environment)
    sys.argv[1:] = [*sys.argv[1:3], request.command, *request.arguments]
