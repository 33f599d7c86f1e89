"""What a tool that is not ours has unpacked, as it lies in a directory."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import Dict, Tuple

# Mode with the kind as `ls` shows it, owner, group, and a file's content by its digest or a link's target.
Node = Tuple[str, int, int, str]


def file(content: bytes, mode: str = "-rw-r--r--", uid: int = 0, gid: int = 0) -> Node:
    return mode, uid, gid, hashlib.sha256(content).hexdigest()


def directory(mode: str = "drwxr-xr-x", uid: int = 0, gid: int = 0) -> Node:
    return mode, uid, gid, ""


def link(target: str, uid: int = 0, gid: int = 0) -> Node:
    return "lrwxrwxrwx", uid, gid, target


def found(root: Path) -> Dict[str, Node]:
    """Everything below a directory, by its path."""
    nodes = {}
    for path in root.rglob("*"):
        status = path.lstat()
        content = ""
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        nodes[str(path.relative_to(root))] = (stat.filemode(status.st_mode), status.st_uid, status.st_gid, content)
    return nodes


def capabilities(root: Path) -> Dict[str, bytes]:
    """The files below a directory that have file capabilities, with the extended attribute that holds them."""
    values = {}
    for path in root.rglob("*"):
        try:
            values[str(path.relative_to(root))] = os.getxattr(path, "security.capability", follow_symlinks=False)
        except OSError as error:
            assert error.errno in (errno.ENODATA, errno.ENOTSUP), error
    return values
