"""How much of a container this machine lets us make: the rungs, and a probe that tries them, the strongest first.

Nothing is decided by settings of the machine: a child that is thrown away tries it, as far as mounting /proc, because some
machines (Ubuntu's AppArmor) refuse late. Settings are read to name the cause.
"""

from __future__ import annotations

import json
import os
import socket
from typing import List, NamedTuple, NoReturn, Optional, Sequence, Tuple

from scratch_image.run import linux
from scratch_image.run.errors import NotRun
from scratch_image.run.ids import become_first, id_maps, write_maps
from scratch_image.run.machine import STORED
from scratch_image.run.users import User


class Rung(NamedTuple):
    """`name` is what people and cache keys are shown, `way` how it is reached. `differs` are sentences on what is not as a
    container engine does it."""

    name: str
    way: str
    differs: Tuple[str, ...] = ()

    @property
    def has_user_namespace(self) -> bool:
        """Whether ids are mapped."""
        return self.way in ("full map", "newuidmap", "one user")

    @property
    def is_single(self) -> bool:
        """Whether the program's user is the only one there is."""
        return self.way == "one user"

    @property
    def is_chroot(self) -> bool:
        """Whether there are no namespaces."""
        return self.name == "chroot"

    def __str__(self) -> str:
        return self.name if self.name in ("chroot", "user") else f"{self.name} ({self.way})"


_BIND = "device nodes are the host's, bound one by one"
RUNGS = (
    Rung("exact", "root"),
    Rung("exact", "full map", (_BIND, "with the host's network, ports below 1024 are closed to root as well")),
    Rung("exact", "newuidmap", (_BIND, "with the host's network, ports below 1024 are closed to root as well")),
    Rung(
        "user",
        "one user",
        (
            "all files belong to the program's user, with the permissions that the image gives it: changes of mode and time "
            "succeed that would be refused, and setuid, setgid and file capabilities do nothing",
            "there are no supplementary groups",
            _BIND,
        ),
    ),
    Rung(
        "chroot",
        "chroot",
        (
            "the host's processes, host name and network are there; /proc, /sys, /dev/pts and /dev/shm are not",
            "the program is not process 1, so what it does with signals as process 1 is not checked",
            "the program has no capabilities and gains none: setuid, setgid and file capabilities do nothing",
            "there is no read-only root, no mounts and no network of its own",
        ),
    ),
)
_HINTS = (
    ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces is 0"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone is 0"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor restricts user namespaces: kernel.apparmor_restrict_unprivileged_userns is 1",
    ),
)
_NOBODY = User(65532, 65532, (65532,), "/")


def namespaces(rung: Rung, own_network: bool) -> int:
    """The flags for unshare(2) in the keeper. The mount namespace is not among them: PID 1 makes its own."""
    if rung.is_chroot:
        return 0
    flags = linux.NEWPID | linux.NEWIPC | linux.NEWUTS
    flags |= linux.NEWUSER if rung.has_user_namespace else 0
    return flags | (linux.NEWNET if own_network else 0)


def choose(user: User = _NOBODY, own_network: bool = False, rungs: Sequence[Rung] = RUNGS) -> Rung:
    """The strongest rung that works here. Raises NotRun with what each of them failed by."""
    refusals: List[str] = []
    for rung in rungs:
        refusal = probe(rung, user, own_network)
        if refusal is None:
            return rung
        refusals.append(f"{rung}: {refusal}")
    causes = [text for path, value, text in _HINTS if _setting(path) == value]
    if not causes and _seccomp():
        causes = ["a seccomp filter is active, as in a container"]
    lines = "".join(f"\n  {line}" for line in (*refusals, *causes))
    raise NotRun(
        f"this machine lets no image run without a container engine:{lines}\n"
        f"  use `podman run --rm {STORED} ARGS`, or allow user namespaces"
    )


def probe(rung: Rung, user: User = _NOBODY, own_network: bool = False) -> Optional[str]:
    """Why a rung does not work here, or None. Leaves nothing."""
    ids = id_maps(rung.way, user)
    if isinstance(ids, str):
        return ids
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        ours.close()
        _child(_try, rung, own_network, theirs)
    theirs.close()
    with ours:
        refusal = None
        answer = ours.recv(4096)
        if answer == b"map":
            refusal = write_maps(child, ids)
            if refusal is None:
                ours.send(b"mapped")
                answer = ours.recv(4096)
    os.waitpid(child, 0)
    return refusal or (None if answer == b"ok" else answer.decode("utf-8", "replace") or "the probe ended early")


def _child(function: object, *arguments: object) -> NoReturn:
    try:
        function(*arguments)  # type: ignore[operator]
    except BaseException:
        pass
    finally:
        os._exit(0)


def _try(rung: Rung, own_network: bool, parent: socket.socket) -> None:
    try:
        _enter(rung, own_network, parent)
    except OSError as error:
        what = error.filename or "the system"
        parent.send(f"{what}: {error.strerror}"[:4000].encode())
        return
    parent.send(b"ok")


def _enter(rung: Rung, own_network: bool, parent: socket.socket) -> None:
    if rung.is_chroot:
        os.chroot("/tmp")
        os.chdir("/")
        os.setgroups([_NOBODY.gid])
        os.setresgid(*[_NOBODY.gid] * 3)
        os.setresuid(*[_NOBODY.uid] * 3)
        return
    linux.unshare(namespaces(rung, own_network))
    if rung.has_user_namespace:
        parent.send(b"map")
        if parent.recv(64) != b"mapped":
            return
        become_first(rung.way)
    if own_network:
        linux.raise_loopback()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _child(_mount, writer)
    os.close(writer)
    answer = os.read(reader, 4000)
    os.waitpid(child, 0)
    if answer != b"ok":
        values = json.loads(answer) if answer else [0, "the probe ended early", None]
        raise OSError(*values)


def _mount(writer: int) -> None:
    """What PID 1 does, in short."""
    try:
        linux.unshare(linux.NEWNS)
        linux.mount("", "/", flags=linux.REC | linux.PRIVATE)
        linux.mount("tmpfs", "/tmp", "tmpfs", linux.NOSUID)
        os.chdir("/tmp")
        linux.pivot_root_here()
        os.mkdir("/proc")
        linux.mount("proc", "/proc", "proc", linux.NOSUID | linux.NODEV | linux.NOEXEC)
        os.write(writer, b"ok")
    except OSError as error:
        os.write(writer, json.dumps([error.errno, error.strerror, str(error.filename)]).encode())


def _setting(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, ValueError):
        return ""


def _seccomp() -> bool:
    try:
        with open("/proc/self/status", encoding="utf-8", errors="replace") as file:
            return any(line.split() == ["Seccomp:", "2"] for line in file)
    except OSError:
        return False
