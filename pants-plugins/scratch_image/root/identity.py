"""Who the program runs as: from the configuration's `User` and the image's own passwd and group, as runtimes resolve it.

Source: GetExecUser of moby/sys/user, which Docker, containerd and CRI-O use. Without a passwd entry an id stands for
itself, and the group is 0; a group in `User` is the only group; a user that is in passwd also has the groups of the image
that name it. Docker since 20.10.18 and containerd since 1.5.13 add the primary group to the supplementary ones, which
changes no permission.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import FrozenSet, List, Optional, Tuple

# The largest id that `User` can have, "for 32-bit systems compatibility".
MAX_USER = (1 << 31) - 1
INT64 = (1 << 63) - 1
_NUMBER = re.compile("([+-]?)([0-9]+)")
# The kernel's ids have 32 bits; the runtimes convert without a check.
_ID_MASK = 0xFFFFFFFF


@dataclass(frozen=True)
class Identity:
    """`groups` are all groups of the process, the primary one `gid` included. `home` is what runtimes set HOME to."""

    uid: int
    gid: int
    groups: FrozenSet[int]
    home: str = "/"


class UnknownName(ValueError):
    """No runtime starts the image; the text is the name of a user or group that the image does not resolve."""


class UnusableId(ValueError):
    """No runtime starts the image; the text is an id that no runtime takes."""


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


@functools.lru_cache(maxsize=128)
def identity_of(user: str, passwd: Optional[bytes], group: Optional[bytes]) -> Identity:
    """`user` is the configuration's `User`; the others are the contents of the image's files, None without one. A number
    stands for an id alone, never for a name. Raises UnknownName, and UnusableId."""
    name, _, group_name = user.partition(":")
    uid, wanted = _argument(name or "0"), _argument(group_name)
    entry = next((one for one in passwd_entries(passwd) if (one.name == name if uid is None else one.uid == uid)), None)
    groups = group_entries(group)
    if entry is None and uid is None:
        raise UnknownName(name)
    if group_name:
        named = next((one for one in groups if (one.name == group_name if wanted is None else one.gid == wanted)), None)
        if named is None and wanted is None:
            raise UnknownName(group_name)
        gid = named.gid if named else wanted or 0
    else:
        gid = entry.gid if entry else 0
    more = (one.gid for one in groups if entry and not group_name and entry.name and entry.name in one.members)
    of_process = frozenset(one & _ID_MASK for one in (gid, *more))
    return Identity((entry.uid if entry else uid or 0) & _ID_MASK, gid & _ID_MASK, of_process, _home(entry))


def number(written: str) -> Optional[int]:
    """The number that a text is in the grammar of Go's strconv.Atoi, None if it is none. What has more digits than an int64
    is a number out of its range."""
    match = _NUMBER.fullmatch(written)
    if not match:
        return None
    digits = match[2].lstrip("0")
    value = int(digits or 0) if len(digits) < 20 else INT64 + 1
    return -value if match[1] == "-" else value


def passwd_entries(content: Optional[bytes]) -> List[PasswdEntry]:
    """The lines of passwd(5). An id that is not readable is 0: the source ignores errors of conversion."""
    rows = _rows(content)
    return [PasswdEntry(row[0], _id(row, 2), _id(row, 3), row[5] if len(row) > 5 else "") for row in rows]


def group_entries(content: Optional[bytes]) -> List[GroupEntry]:
    """The lines of group(5), read alike; here, a line that begins with `#` is none."""
    rows = (row for row in _rows(content) if not row[0].startswith("#"))
    return [GroupEntry(row[0], _id(row, 2), tuple(filter(None, row[3].split(","))) if len(row) > 3 else ()) for row in rows]


def _argument(written: str) -> Optional[int]:
    """The id that a part of `User` is, None for a name. That the file has a line for a larger one is no help in the newest
    versions of the source (parseNumeric)."""
    value = number(written)
    if value is not None and not 0 <= value <= MAX_USER:
        raise UnusableId(written)
    return value


def _home(entry: Optional[PasswdEntry]) -> str:
    return (entry and entry.home) or "/"


def _rows(content: Optional[bytes]) -> List[List[str]]:
    lines = (line.strip() for line in (content or b"").decode("utf-8", "replace").split("\n"))
    return [line.split(":") for line in lines if line]


def _id(row: List[str], at: int) -> int:
    """Beyond an int64, Atoi gives the largest or the least of them."""
    value = (number(row[at]) if len(row) > at else None) or 0
    return max(-INT64 - 1, min(value, INT64))
