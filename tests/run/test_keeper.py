"""What the keeper does with the first process of a container when the parent is gone."""

from __future__ import annotations

import os
import signal
import socket
import time
from types import SimpleNamespace
from typing import Any

import pytest

from scratch_image.run import init
from scratch_image.run.keeper import _Keeper


def end_of_first_process(plan: Any) -> int:
    """The status of waitpid for a first process whose parent was gone before the keeper said that it is there; in a process
    of its own, because a keeper gives up its descriptors."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.close()
    keeper = _Keeper(plan, theirs)
    keeper._fork()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        process, status = os.waitpid(keeper._first, os.WNOHANG)
        if process:
            return status
        time.sleep(0.01)
    os.kill(keeper._first, signal.SIGKILL)
    return 0


def test_a_program_does_not_outlive_a_parent_that_was_gone_before_it_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def runs(*_: object) -> None:
        time.sleep(120)
        os._exit(0)

    monkeypatch.setattr(init, "start", runs)
    child = os.fork()
    if child == 0:
        status = 0
        try:
            status = end_of_first_process(SimpleNamespace(stdio=()))
        finally:
            os._exit(7 if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else 1)
    _, status = os.waitpid(child, 0)
    assert os.WEXITSTATUS(status) == 7
