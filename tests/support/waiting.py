"""Waiting for what must happen, at a length that only a failure reaches, also on a machine that does other things."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Callable

# Seconds.
PATIENCE = 60.0


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Waits for `condition()`; fails with `what` if that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)
