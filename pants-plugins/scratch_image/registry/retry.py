"""Which requests are repeated, and after which wait.

RFC 9110, section 10.2.3 (Retry-After: seconds, or a date); AWS Architecture Blog, "Exponential Backoff And Jitter".
"""

from __future__ import annotations

import re
import threading
from email.utils import parsedate_to_datetime
from typing import Callable, Optional, TypeVar

from scratch_image.registry.deadline import Deadline
from scratch_image.registry.errors import Transient
from scratch_image.registry.request import ATTEMPTS

# 408 and 429: RFC 9110 and 6585; 499 and 522: nginx and Cloudflare, for a broken connection behind them.
STATUSES = frozenset((408, 429, 499, 500, 502, 503, 504, 522))
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0

Result = TypeVar("Result")


class Retry:
    """Repeats requests to one registry. A wait that the registry demands holds for all threads."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self._not_before = 0.0
        self._lock = threading.Lock()

    def call(self, attempt: Callable[[], Result], attempts: int = ATTEMPTS) -> Result:
        """What `attempt` returns, called until it does not raise Transient, at most `attempts` times. Raises the last
        Transient, and what `Deadline.sleep` raises."""
        tried = 0
        while True:
            self._wait_for_registry()
            try:
                return attempt()
            except Transient as error:
                # The run may have closed the connection itself.
                self.deadline.check()
                tried += 1
                if tried >= attempts:
                    raise
                self.pause(tried, error)

    def pause(self, tried: int, error: Transient) -> None:
        """Wait after failure number `tried`, counted from 1. Raises what `Deadline.sleep` raises."""
        if error.wait is None:
            longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (tried - 1))
            # Half of it is random, so that clients that failed together do not return together.
            wait = longest * (0.5 + 0.5 * self.deadline.clock.random())
            self.deadline.sleep(wait, error.text, error.lasting_cure)
        else:
            with self._lock:
                self._not_before = max(self._not_before, self.deadline.clock.monotonic() + error.wait)
            self.deadline.sleep(error.wait, f"{error.text}; the registry asked to wait {error.wait:g} s")

    def after(self, header: str) -> Optional[float]:
        """The seconds that a `Retry-After` demands; None if it is missing or malformed."""
        if re.fullmatch(r"[0-9]{1,9}", header):
            return float(header)
        try:
            return max(0.0, parsedate_to_datetime(header).timestamp() - self.deadline.clock.now())
        except (TypeError, ValueError, IndexError, OverflowError, OSError):
            return None

    def _wait_for_registry(self) -> None:
        with self._lock:
            wait = self._not_before - self.deadline.clock.monotonic()
        if wait > 0:
            self.deadline.sleep(wait)
        else:
            self.deadline.check()
