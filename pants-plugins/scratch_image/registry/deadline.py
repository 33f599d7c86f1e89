"""When a run ends before its work does: at its deadline, or when it is interrupted. Every wait of the room is here."""

from __future__ import annotations

import threading
import time
from typing import Callable, Optional

from scratch_image.registry.errors import DeadlinePassed, Interrupted


class Stop:
    """`seconds` from now the run has to be over. `clock` gives monotonic seconds; `wait` replaces waiting in tests."""

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        wait: Optional[Callable[[float], None]] = None,
    ) -> None:
        self.clock = clock
        self._seconds = seconds
        self._end = clock() + seconds
        self._event = threading.Event()
        self._wait = wait

    def interrupt(self) -> None:
        self._event.set()

    @property
    def interrupted(self) -> bool:
        return self._event.is_set()

    @property
    def remaining(self) -> float:
        """Seconds left; not below 0."""
        return max(0.0, self._end - self.clock())

    def check(self) -> None:
        """Raises Interrupted or DeadlinePassed where the run has to end."""
        if self._event.is_set():
            raise Interrupted("interrupted")
        if not self.remaining:
            raise self._passed("has passed")

    def sleep(self, seconds: float, why: str = "") -> None:
        """Waits, but does not begin to where the deadline comes first. Raises as `check` does."""
        self.check()
        if seconds >= self.remaining:
            raise self._passed(f"leaves no time to wait {seconds:.3g} s" + (f": {why}" if why else ""))
        if self._wait:
            self._wait(seconds)
        else:
            self._event.wait(seconds)
        self.check()

    def _passed(self, how: str) -> DeadlinePassed:
        text = f"the deadline of {self._seconds:g} s {how}"
        return DeadlinePassed(text, "raise the deadline, or publish again: what is there already is not sent again")
