"""What a person sees while images are published: one line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from typing import Callable, Dict, TextIO

_PLAIN_EVERY = 10.0
_TERMINAL_EVERY = 0.2
_WIDTH = 100


class Progress:
    """Counts bytes, and writes to `stream` when `tick` is called. `clock` gives monotonic seconds."""

    def __init__(self, stream: TextIO, images: int, terminal: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._images = images
        self._terminal = terminal
        self._clock = clock
        self._lock = threading.Lock()
        self._done = 0
        self._sent = 0
        self._start = self._last = clock()
        self._sent_at_last = 0
        self._under_way: Dict[str, int] = {}
        self._shown = 0

    def begin(self, name: str) -> None:
        with self._lock:
            self._under_way[name] = 0

    def sending(self, name: str, count: int) -> None:
        """`count` more bytes of an image are being sent."""
        with self._lock:
            self._sent += count
            self._under_way[name] = self._under_way.get(name, 0) + count

    def end(self, name: str, line: str) -> None:
        """An image is done; `line` says how."""
        with self._lock:
            self._done += 1
            self._under_way.pop(name, None)
        self.say(line)

    def say(self, line: str) -> None:
        with self._lock:
            self._clear()
            self._stream.write(f"{line}\n")
            self._stream.flush()

    def tick(self) -> None:
        """Shows how far it is, where that is due."""
        with self._lock:
            now = self._clock()
            passed = now - self._last
            if passed < (_TERMINAL_EVERY if self._terminal else _PLAIN_EVERY) or not self._under_way:
                return
            rate = (self._sent - self._sent_at_last) / passed
            self._last, self._sent_at_last = now, self._sent
            name = max(self._under_way, key=lambda each: self._under_way[each])
            more = f" and {len(self._under_way) - 1} more" if len(self._under_way) > 1 else ""
            sent = f"{size(self._sent)} sent, {size(int(rate))}/s"
            line = f"{self._done} of {self._images} images done; {sent}: {name}{more}"
            if self._terminal:
                line = line[:_WIDTH]
                self._stream.write("\r" + line.ljust(self._shown))
                self._shown = len(line)
            else:
                self._stream.write(f"{line}\n")
            self._stream.flush()

    def close(self) -> None:
        with self._lock:
            self._clear()
            self._stream.flush()

    def _clear(self) -> None:
        if self._shown:
            self._stream.write("\r" + " " * self._shown + "\r")
            self._shown = 0


def size(count: int) -> str:
    """`12.3 MB`, with powers of ten."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 999.95:
            return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
