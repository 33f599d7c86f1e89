"""The end of a run: its deadline, or an interrupt. Every wait of the room is here."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from typing import Callable, Optional

from scratch_image.registry.errors import DeadlinePassed, Ended, Interrupted


@dataclass(frozen=True)
class Clock:
    """What waiting depends on. `monotonic` and `now` (since 1970) give seconds, `random` a number from 0 to 1; `sleep`
    replaces waiting in tests."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    random: Callable[[], float] = random.random
    sleep: Optional[Callable[[float], object]] = None


_CURE = "raise [scratch-image].publish_timeout, or publish again: what the registry has is not sent again"


class Deadline:
    """The run must end `seconds` from now, or as soon as it is interrupted. `cure` is for the error that says so."""

    def __init__(self, seconds: float, clock: Clock = Clock(), cure: str = _CURE) -> None:
        self.clock = clock
        self._cure = cure
        self._seconds = seconds
        self._end = clock.monotonic() + seconds
        self._interrupt = threading.Event()
        self._sleep = clock.sleep or self._interrupt.wait

    def interrupt(self) -> None:
        """End the run: every wait raises Interrupted from now on."""
        self._interrupt.set()

    @property
    def interrupted(self) -> bool:
        """Whether `interrupt` was called."""
        return self._interrupt.is_set()

    @property
    def remaining(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._end - self.clock.monotonic())

    @property
    def error(self) -> Optional[Ended]:
        """Interrupted or DeadlinePassed if the run must end; else None."""
        if self.interrupted:
            return Interrupted("interrupted")
        return None if self.remaining else self._passed("has passed")

    def check(self) -> None:
        """Raise `error` if there is one."""
        error = self.error
        if error:
            raise error

    def sleep(self, seconds: float, reason: str = "", cure: str = "") -> None:
        """Wait; raise what `check` raises, at once if the deadline comes before the end of the wait. `reason` is why, and
        `cure` what to do about that, if it is not to take more time."""
        self.check()
        if seconds >= self.remaining:
            raise self._passed(f"leaves no time to wait {seconds:.3g} s" + (f": {reason}" if reason else ""), cure)
        self._sleep(seconds)
        self.check()

    def _passed(self, how: str, cure: str = "") -> DeadlinePassed:
        return DeadlinePassed(f"the deadline of {self._seconds:g} s {how}", cure or self._cure)
