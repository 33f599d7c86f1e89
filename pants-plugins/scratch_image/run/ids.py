"""Ids of a user namespace: which are mapped to which of the host's (user_namespaces(7)), and who writes that down."""

from __future__ import annotations

import os
from typing import List, NamedTuple, Optional, Tuple, Union

from scratch_image.run.users import User

# (first id inside, first id outside, how many)
Row = Tuple[int, int, int]


class Ids(NamedTuple):
    """`helper` is whether `newuidmap` and `newgidmap` write the maps; `deny` is whether setgroups(2) must be given up."""

    users: Tuple[Row, ...]
    groups: Tuple[Row, ...]
    helper: bool = False
    deny: bool = False


def id_maps(way: str, user: User) -> Union[Ids, str]:
    """The maps of a way to a user namespace, or why there are none. Ways without one have empty maps."""
    if way == "full map":
        # What is mapped here, if this is a container itself, keeps its numbers.
        return Ids(_same("/proc/self/uid_map"), _same("/proc/self/gid_map"))
    if way == "newuidmap":
        users, groups = _granted("/etc/subuid"), _granted("/etc/subgid")
        if not users or not groups:
            return "/etc/subuid and /etc/subgid grant this user no ids"
        if not _helper("newuidmap") or not _helper("newgidmap"):
            return "newuidmap and newgidmap are not installed"
        return Ids(users, groups, helper=True)
    if way == "one user":
        return Ids(((user.uid, os.geteuid(), 1),), ((user.gid, os.getegid(), 1),), deny=True)
    return Ids((), ())


def write_maps(process: int, ids: Ids) -> Optional[str]:
    """Writes the maps of a process that has a new user namespace; gives why that failed, or None."""
    try:
        if ids.helper:
            return _by_helper("newuidmap", process, ids.users) or _by_helper("newgidmap", process, ids.groups)
        if ids.deny:
            _write(f"/proc/{process}/setgroups", "deny")
        _write(f"/proc/{process}/uid_map", _text(ids.users))
        _write(f"/proc/{process}/gid_map", _text(ids.groups))
    except OSError as error:
        return f"{os.path.basename(str(error.filename))}: {error.strerror}"
    return None


def become_first(way: str) -> None:
    """Takes on uid and gid 0 of the namespace, where they are not this process's already."""
    if way in ("full map", "newuidmap"):
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)


def _same(path: str) -> Tuple[Row, ...]:
    with open(path, encoding="ascii") as file:
        rows = [tuple(map(int, line.split())) for line in file]
    return tuple((row[0], row[0], row[2]) for row in rows)


def _granted(path: str) -> Tuple[Row, ...]:
    """subuid(5): the ids of the first line for this user, from 0 on."""
    names: List[str] = [str(os.getuid())]
    try:
        import pwd

        names.append(pwd.getpwuid(os.getuid()).pw_name)
    except (ImportError, KeyError):
        pass
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                fields = line.strip().split(":")
                if len(fields) == 3 and fields[0] in names and fields[1].isdigit() and fields[2].isdigit():
                    return ((0, int(fields[1]), int(fields[2])),)
    except OSError:
        pass
    return ()


def _helper(name: str) -> Optional[str]:
    for directory in os.environ.get("PATH", os.defpath).split(":") + ["/usr/bin"]:
        path = os.path.join(directory or ".", name)
        if os.access(path, os.X_OK):
            return path
    return None


def _by_helper(name: str, process: int, rows: Tuple[Row, ...]) -> Optional[str]:
    reader, writer = os.pipe()
    path = _helper(name) or name
    numbers = [str(number) for row in rows for number in row]
    actions = [(os.POSIX_SPAWN_DUP2, writer, 1), (os.POSIX_SPAWN_DUP2, writer, 2)]
    child = os.posix_spawn(path, [name, str(process), *numbers], dict(os.environ), file_actions=actions)
    os.close(writer)
    with open(reader, encoding="utf-8", errors="replace") as file:
        said = file.read(2000).strip()
    _, status = os.waitpid(child, 0)
    return (said or f"{name} failed") if status else None


def _write(path: str, text: str) -> None:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(file, text.encode())
        finally:
            os.close(file)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def _text(rows: Tuple[Row, ...]) -> str:
    return "".join(f"{inside} {outside} {count}\n" for inside, outside, count in rows)
