"""When a request is made again, and how long is waited before it.

RFC 9110, section 10.2.3 (Retry-After: seconds, or a date); AWS Architecture Blog, "Exponential Backoff And Jitter".
"""

from __future__ import annotations

import random
import re
import threading
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Callable, Optional, TypeVar

from scratch_image.registry.deadline import Stop
from scratch_image.registry.errors import Transient

# 408 and 429 by RFC 9110 and 6585; 499 and 522 are nginx's and Cloudflare's words for a broken connection behind them.
STATUSES = frozenset((408, 429, 499, 500, 502, 503, 504, 522))
ATTEMPTS = 6
_FIRST = 0.5
_LONGEST = 30.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class Chance:
    """What waiting depends on beside the answers: the time of day in seconds, and a number from 0 to 1."""

    now: Callable[[], float] = time.time
    random: Callable[[], float] = random.random


class Retry:
    """How one registry is asked again. A wait that it demands holds for all that ask it: more requests meanwhile would
    only earn the same answer."""

    def __init__(self, stop: Stop, chance: Optional[Chance] = None) -> None:
        self.stop = stop
        self._chance = chance or Chance()
        self._not_before = 0.0
        self._lock = threading.Lock()

    def call(self, attempt: Callable[[], Result], attempts: int = ATTEMPTS) -> Result:
        """Calls until it does not raise Transient, at most `attempts` times; then that goes through. Raises what
        `Stop.sleep` does."""
        tried = 0
        while True:
            self._hold_back()
            try:
                return attempt()
            except Transient as error:
                # A connection that was ended on purpose is no failure of the registry's.
                self.stop.check()
                tried += 1
                if tried >= attempts:
                    raise
                self.pause(tried, error)

    def pause(self, tried: int, error: Transient) -> None:
        """Waits after the attempt number `tried`, from 1, has failed."""
        if error.wait is None:
            longest = min(_LONGEST, _FIRST * 2 ** (tried - 1))
            # Half of it at random: many clients that failed together do not come back together.
            self.stop.sleep(longest * (0.5 + 0.5 * self._chance.random()), error.text)
        else:
            with self._lock:
                self._not_before = max(self._not_before, self.stop.clock() + error.wait)
            self.stop.sleep(error.wait, f"{error.text}; the registry asked to wait {error.wait:g} s")

    def after(self, header: str) -> Optional[float]:
        """Seconds that a `Retry-After` asks for; None where it says nothing that can be read."""
        if re.fullmatch(r"[0-9]{1,9}", header):
            return float(header)
        try:
            return max(0.0, parsedate_to_datetime(header).timestamp() - self._chance.now())
        except (TypeError, ValueError, IndexError, OverflowError):
            return None

    def _hold_back(self) -> None:
        with self._lock:
            wait = self._not_before - self.stop.clock()
        if wait > 0:
            self.stop.sleep(wait)
        else:
            self.stop.check()
