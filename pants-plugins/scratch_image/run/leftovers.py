"""Directories for roots that are too large for memory: each is locked while someone uses it, and the next start removes
those that nobody does (flock(2) ends with the last process that holds it)."""

from __future__ import annotations

import fcntl
import os
import stat
from typing import AnyStr, List, Tuple

PREFIX = "scratch-image-run-"


def new_directory(parent: str) -> Tuple[str, int]:
    """(a new directory, a descriptor that locks it until it is closed). Its root is in `root`. Raises OSError."""
    remove_unused(parent)
    path = os.path.join(parent, f"{PREFIX}{os.urandom(8).hex()}")
    os.mkdir(path, 0o711)
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.mkdir(os.path.join(path, "root"), 0o755)
    return path, lock


def remove_unused(parent: str) -> None:
    """Removes the directories of this user that nobody holds. What cannot be removed is left."""
    with os.scandir(parent) as entries:
        paths = [entry.path for entry in entries if entry.name.startswith(PREFIX)]
    for path in paths:
        try:
            status = os.lstat(path)
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_tree(path)
        except OSError:
            pass
        finally:
            os.close(lock)


def remove_tree(path: AnyStr) -> None:
    """Removes a directory with all that is in it, whatever the modes. What cannot be removed is left."""
    waiting: List[Tuple[AnyStr, bool]] = [(path, False)]
    while waiting:
        directory, is_empty = waiting.pop()
        try:
            if is_empty:
                os.rmdir(directory)
                continue
            os.chmod(directory, 0o700)
            waiting.append((directory, True))
            with os.scandir(directory) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, False))
                    else:
                        os.unlink(entry.path)
        except OSError:
            pass
