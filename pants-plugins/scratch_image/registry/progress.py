"""Progress for a person: one line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from typing import Callable, Dict, Iterable, Protocol, Set, Tuple

from scratch_image.oci.numbers import size

_PLAIN_SECONDS = 10.0
_TERMINAL_SECONDS = 0.2
_WIDTH = 100


class Stream(Protocol):
    """What a text is written to."""

    def write(self, text: str, /) -> object:
        """Take a text."""

    def flush(self) -> object:
        """Show it."""


class Progress:
    """Counts images and bytes. `tick` writes to `stream`; `clock` gives monotonic seconds. What an earlier process of the
    run `noticed` is not written again."""

    def __init__(
        self,
        stream: Stream,
        images: int,
        terminal: bool,
        clock: Callable[[], float] = time.monotonic,
        noticed: Iterable[str] = (),
    ) -> None:
        self._stream = stream
        self._images = images
        self._terminal = terminal
        self._clock = clock
        self._lock = threading.Lock()
        self._done = 0
        self._sent = 0
        self._last = clock()
        self._sent_at_last = 0
        self._current: Dict[str, int] = {}
        self._noticed: Set[str] = set(noticed)
        self._shown = 0

    def begin(self, name: str) -> None:
        """Note that the push of an image begins."""
        with self._lock:
            self._current[name] = 0

    def add(self, name: str, count: int) -> None:
        """Note that `count` more bytes of an image are sent."""
        with self._lock:
            self._sent += count
            self._current[name] = self._current.get(name, 0) + count

    def end(self, name: str, line: str) -> None:
        """Note that the push of an image has ended, and write a line."""
        with self._lock:
            self._done += 1
            self._current.pop(name, None)
            self._write(line)

    def notice(self, line: str) -> None:
        """Write a line, once a run."""
        with self._lock:
            if line not in self._noticed:
                self._noticed.add(line)
                self._write(line)

    @property
    def noticed(self) -> Tuple[str, ...]:
        """All lines of `notice`, of earlier processes as well."""
        with self._lock:
            return tuple(sorted(self._noticed))

    def tick(self) -> None:
        """Show the progress if it is due."""
        with self._lock:
            now = self._clock()
            passed = now - self._last
            if passed < (_TERMINAL_SECONDS if self._terminal else _PLAIN_SECONDS) or not self._current:
                return
            rate = (self._sent - self._sent_at_last) / passed
            self._last, self._sent_at_last = now, self._sent
            name = max(self._current, key=lambda each: self._current[each])
            more = f" and {len(self._current) - 1} more" if len(self._current) > 1 else ""
            sent = f"{size(self._sent)} sent, {size(int(rate))}/s"
            line = f"{self._done} of {self._images} images done; {sent}: {name}{more}"
            if not self._terminal:
                self._write(line)
                return
            line = line[:_WIDTH]
            self._stream.write("\r" + line.ljust(self._shown))
            self._stream.flush()
            self._shown = len(line)

    def close(self) -> None:
        """Remove the line that changes."""
        with self._lock:
            self._clear()
            self._stream.flush()

    def _write(self, line: str) -> None:
        self._clear()
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def _clear(self) -> None:
        if self._shown:
            self._stream.write("\r" + " " * self._shown + "\r")
            self._shown = 0
