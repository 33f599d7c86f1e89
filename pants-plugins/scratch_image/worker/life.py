"""How long a worker lives, and what runs in it: as long as the daemon of Pants that started it.

Pants ends workers by signal 9, and warns of any that ended otherwise. A daemon that ends sends them signal 15, and leaves
their sandboxes. A daemon that was killed ends nothing: a worker sees that its parent is another, because the signal of
PR_SET_PDEATHSIG would come when the daemon's thread ends.
"""

from __future__ import annotations

import fcntl
import os
import signal
import stat
from typing import NoReturn

_SANDBOX = "pants-sandbox-"
# The highest descriptor that a daemon has, where it cannot be seen.
_HIGHEST = 4095


def close_inherited() -> None:
    """Closes what is open beside stdin, stdout and stderr: the daemon's store, which would stay open after the daemon. Those
    three are open afterwards, so that no other file gets their numbers."""
    while os.open(os.devnull, os.O_RDWR) <= 2:
        pass
    try:
        highest = max(map(int, os.listdir("/proc/self/fd")))
    except OSError:
        highest = _HIGHEST
    os.closerange(3, highest + 1)


def end(directory: str) -> NoReturn:
    """Removes the worker's sandbox, and ends this process and its group as Pants would."""
    if _is_sandbox(directory):
        import shutil  # Large, and needed only here.

        shutil.rmtree(directory, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)
    raise AssertionError("signal 9 cannot be ignored")


def _is_sandbox(directory: str) -> bool:
    try:
        status = os.lstat(directory)
    except OSError:
        return False
    is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return is_own and os.path.basename(directory).startswith(_SANDBOX)


def end_with(pipe: int, parent: int, directory: str) -> None:
    """Has this process's group end when `parent`, its worker, does. `pipe` is the read end of a pipe whose write end the
    worker alone has: the kernel says by SIGIO that it was closed. Pants ends a worker when a run is interrupted, and may
    leave its sandbox, with a part of a layer, for as long as the daemon lives and beyond."""
    signal.signal(signal.SIGIO, lambda *_: end(directory))
    fcntl.fcntl(pipe, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    if os.getppid() != parent:
        end(directory)


def end_group(leader: int) -> None:
    """Ends a child, which is not yet waited for, and all that it has started."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass
