"""A container whose output is captured: it has a time limit, what it says is bounded, and nothing outlives it."""

from __future__ import annotations

import os
import select
import time
from typing import Dict, List, Optional

from scratch_image.run.container import Container, Start
from scratch_image.run.errors import NoSpace

# Bytes of each output that are kept; a program that says more is ended.
LIMIT = 1 << 20


class Captured:
    """A started container: `stdout` and `stderr` grow while `wait` runs. `overflowed` is whether it said too much. Raises
    NotRun."""

    def __init__(self, start: Start, given: bytes = b"") -> None:
        self.overflowed = False
        self._given = memoryview(given)
        try:
            self._start(start, False)
            self._until_started()
        except NoSpace:
            self.close()
            self._start(start, True)
            self._until_started()

    def _start(self, start: Start, on_disk: bool) -> None:
        self._output: Dict[int, bytearray] = {}
        self._input: Optional[int] = None
        pipes = [os.pipe() for _ in range(3)]
        ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        try:
            self.container: Container = start.start(theirs, on_disk)
        except BaseException:
            for descriptor in ours:
                os.close(descriptor)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        self._input = ours[0]
        os.set_blocking(ours[0], False)
        self._open: List[int] = ours[1:]
        self._output = {ours[1]: bytearray(), ours[2]: bytearray()}
        self._names = ours[1:]

    @property
    def stdout(self) -> bytes:
        """What it has said so far."""
        return bytes(self._output[self._names[0]])

    @property
    def stderr(self) -> bytes:
        """What it has said so far."""
        return bytes(self._output[self._names[1]])

    def _until_started(self) -> None:
        try:
            while not self.container.is_started and self.container.exit_code is None:
                self.container.step()
        except BaseException:
            self.close()
            raise

    def wait(self, seconds: float, until: Optional[int] = None) -> bool:
        """Waits for the end, at most so many seconds, or until a descriptor can be read; whether it has ended."""
        deadline = time.monotonic() + seconds
        container = self.container
        while container.exit_code is None and not self.overflowed:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            waiting = [container.control.fileno(), *self._open, *([] if until is None else [until])]
            ready, writable, _ = select.select(waiting, [] if self._input is None else [self._input], [], left)
            if writable:
                self._write()
            for descriptor in list(self._open):
                if descriptor in ready:
                    self._read(descriptor)
            if container.control.fileno() in ready:
                container.step()
            if until in ready:
                return False
        self._drain()
        return container.exit_code is not None

    def close(self) -> None:
        """Ends it."""
        if hasattr(self, "container"):
            self.container.kill()
            self._drain()
        for descriptor in (*getattr(self, "_open", ()), *([] if self._input is None else [self._input])):
            os.close(descriptor)
        self._open, self._input = [], None

    def _drain(self) -> None:
        while self._open and not self.overflowed:
            ready, _, _ = select.select(self._open, [], [], 0)
            if not ready:
                return
            for descriptor in ready:
                self._read(descriptor)

    def _read(self, descriptor: int) -> None:
        piece = os.read(descriptor, 65536)
        kept = self._output[descriptor]
        kept += piece[: LIMIT - len(kept)]
        if not piece:
            self._open.remove(descriptor)
            os.close(descriptor)
        elif len(kept) >= LIMIT:
            self.overflowed = True

    def _write(self) -> None:
        if self._input is None:
            return
        try:
            if self._given:
                self._given = self._given[os.write(self._input, self._given[:65536]) :]
        except BlockingIOError:
            return
        except OSError:  # It does not read.
            self._given = memoryview(b"")
        if not self._given:
            os.close(self._input)
            self._input = None
