"""Runs a program in a directory as its root, as a user and groups: only root of the machine can."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path
from typing import Callable, Mapping, Sequence

_SECONDS = 60


def may_change_root() -> bool:
    """Whether this process may run others in another root and as another user."""
    return os.geteuid() == 0


def run_in(
    root: Path,
    command: Sequence[str],
    *,
    uid: int,
    gid: int,
    groups: Sequence[int],
    env: Mapping[str, str],
    workdir: str = "/",
) -> subprocess.CompletedProcess[str]:
    """The finished process of a command that is in the root."""
    return subprocess.run(
        list(command),
        preexec_fn=_into(root, uid, gid, groups, workdir),
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
    )


def _into(root: Path, uid: int, gid: int, groups: Sequence[int], workdir: str) -> Callable[[], None]:
    def enter() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chroot(root)
        os.chdir(workdir)
        os.setgroups(list(groups))
        os.setgid(gid)
        os.setuid(uid)
        os.umask(0o022)

    return enter
