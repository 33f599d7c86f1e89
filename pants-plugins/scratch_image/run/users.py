"""Who a program runs as: the field `user` of a configuration, by the image's /etc/passwd and /etc/group, as Docker resolves
it (runc, libcontainer/user, GetExecUser; moby, getUser). Pure."""

from __future__ import annotations

from typing import Iterator, List, NamedTuple, Optional, Tuple

from scratch_image.oci.linux import MAX_ID
from scratch_image.run.errors import NotRun


class User(NamedTuple):
    """`groups` are the supplementary groups, of which the primary one is the first (CVE-2022-36109); `named` is whether the
    image names the user rather than giving its number."""

    uid: int
    gid: int
    groups: Tuple[int, ...]
    home: str
    named: bool = False


def resolve_user(text: str, passwd: str, group: str) -> User:
    """`text` is `uid`, `uid:gid` or names; empty is uid 0. Raises NotRun for a name that nothing resolves."""
    name, colon, group_name = text.partition(":")
    uid = _number(name) if name else 0
    account = next((row for row in _accounts(passwd) if row[0] == name or (uid is not None and row[1] == uid)), None)
    if account is None and uid is None:
        raise NotRun(f"no user {name!r} in the image's /etc/passwd; write the number, for example 65532:65532")
    login, found_uid, gid, home = account or ("", uid or 0, 0, "/")
    groups: List[int] = []
    if colon and group_name:
        gid = _group(group_name, group)
    elif login:
        groups = [number for _, number, members in _groups(group) if login in members]
    supplementary = tuple(dict.fromkeys((gid, *groups)))
    return User(found_uid, gid, supplementary, home or "/", named=uid is None)


def _group(name: str, group: str) -> int:
    number = _number(name)
    for row, gid, _ in _groups(group):
        if row == name or gid == number:
            return gid
    if number is None:
        raise NotRun(f"no group {name!r} in the image's /etc/group; write the number, for example 65532:65532")
    return number


def _accounts(passwd: str) -> Iterator[Tuple[str, int, int, str]]:
    """(name, uid, gid, home) of each line that is right."""
    for fields in _rows(passwd, 6):
        uid, gid = _number(fields[2]), _number(fields[3])
        if uid is not None and gid is not None:
            yield fields[0], uid, gid, fields[5]


def _groups(group: str) -> Iterator[Tuple[str, int, Tuple[str, ...]]]:
    """(name, gid, members) of each line that is right."""
    for fields in _rows(group, 3):
        gid = _number(fields[2])
        if gid is not None:
            yield fields[0], gid, tuple(fields[3].split(",")) if len(fields) > 3 else ()


def _rows(text: str, least: int) -> Iterator[List[str]]:
    for line in text.split("\n"):
        fields = line.strip().split(":")
        if len(fields) >= least and not line.startswith("#"):
            yield fields


def _number(text: str) -> Optional[int]:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= MAX_ID else None
