"""Who the program runs as: from the configuration's `User` and the image's own passwd and group, as runtimes resolve it.

Source: GetExecUser of moby/sys/user, which Docker, containerd and CRI-O use. Without a passwd entry an id stands for
itself, and the group is 0; a group in `User` is the only group; a user that is in passwd also has the groups of the image
that name it. Docker since 20.10.18 and containerd since 1.5.13 add the primary group to the supplementary ones, which
changes no permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import FrozenSet, List, Optional, Tuple


@dataclass(frozen=True)
class Identity:
    """`groups` are all groups of the process, the primary one `gid` included. `home` is what runtimes set HOME to."""

    uid: int
    gid: int
    groups: FrozenSet[int]
    home: str = "/"


class UnknownName(ValueError):
    """No runtime starts the image; the text is the name of a user or group that the image does not resolve."""


@dataclass(frozen=True)
class PasswdEntry:
    """A line of passwd(5)."""

    name: str
    uid: int
    gid: int
    home: str


@dataclass(frozen=True)
class GroupEntry:
    """A line of group(5)."""

    name: str
    gid: int
    members: Tuple[str, ...]


def identity_of(user: str, passwd: Optional[bytes], group: Optional[bytes]) -> Identity:
    """`user` is the configuration's `User`; the others are the contents of the image's files, None without one. Raises
    UnknownName."""
    name, _, group_name = user.partition(":")
    entry = next((entry for entry in passwd_entries(passwd) if name in (entry.name, str(entry.uid))), None)
    if entry:
        uid, gid, home = entry.uid, entry.gid, entry.home
    elif not name or name.isdigit():
        uid, gid, home = int(name or 0), 0, "/"
    else:
        raise UnknownName(name)
    groups = group_entries(group)
    if group_name:
        named = next((one for one in groups if group_name in (one.name, str(one.gid))), None)
        if not named and not group_name.isdigit():
            raise UnknownName(group_name)
        gid = named.gid if named else int(group_name)
        return Identity(uid, gid, frozenset((gid,)), home or "/")
    more = (one.gid for one in groups if entry and entry.name in one.members)
    return Identity(uid, gid, frozenset((gid, *more)), home or "/")


def passwd_entries(content: Optional[bytes]) -> List[PasswdEntry]:
    """The lines of passwd(5) that have an id."""
    rows = (row for row in _rows(content) if len(row) > 2 and row[2].isdigit())
    return [PasswdEntry(row[0], int(row[2]), _number(row, 3), row[5] if len(row) > 5 else "") for row in rows]


def group_entries(content: Optional[bytes]) -> List[GroupEntry]:
    """The lines of group(5) that have an id."""
    rows = (row for row in _rows(content) if len(row) > 2 and row[2].isdigit())
    return [GroupEntry(row[0], int(row[2]), tuple(filter(None, row[3].split(","))) if len(row) > 3 else ()) for row in rows]


def _rows(content: Optional[bytes]) -> List[List[str]]:
    if not content:
        return []
    lines = content.decode("utf-8", "replace").split("\n")
    return [line.strip().split(":") for line in lines if line.strip()]


def _number(row: List[str], at: int) -> int:
    return int(row[at]) if len(row) > at and row[at].isdigit() else 0
