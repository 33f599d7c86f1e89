"""System calls that the standard library of CPython 3.9 does not have, by ctypes (man-pages: mount(2), unshare(2), prctl(2),
pivot_root(2), capabilities(7)). They raise OSError. Nothing here may be called by a process with several threads."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import struct
from typing import Iterable, List, Optional

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
STRICTATIME = 1 << 24
_DETACH = 2
_PDEATHSIG, _CAPBSET_DROP, _CHILD_SUBREAPER, _NO_NEW_PRIVS, _CAP_AMBIENT = 1, 24, 36, 38, 47
_AMBIENT_CLEAR = 4
_CAPABILITIES = 64
# <linux/capability.h>: _LINUX_CAPABILITY_VERSION_3.
_CAP_VERSION = 0x20080522
# Numbers of pivot_root(2), which has no wrapper in glibc: architecture as `uname -m` names it → number.
_PIVOT_ROOT = {"x86_64": 155, "i686": 217, "s390x": 217, "ppc64le": 203}
_PIVOT_ROOT_GENERIC = 41
# The same on all architectures since Linux 5.9.
_CLOSE_RANGE = 436
_SIOCSIFFLAGS = 0x8914
_IFF_UP_RUNNING = 0x41

_libc = ctypes.CDLL(None, use_errno=True)
_long = ctypes.c_ulong


def _called(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def unshare(flags: int) -> None:
    """Moves this process, or its children to come, into new namespaces: NEW… flags."""
    _called(_libc.unshare(flags), "unshare")


def enter(process: int, name: str) -> None:
    """Joins a namespace of a process: `user`, `net`."""
    descriptor = os.open(f"/proc/{process}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _called(_libc.setns(descriptor, 0), "setns")
    finally:
        os.close(descriptor)


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2); `kind` is the type of file system."""
    result = _libc.mount(
        os.fsencode(source), os.fsencode(target), kind.encode(), _long(flags), data.encode() if data else None
    )
    _called(result, f"mount {target}")


def detach(target: str) -> None:
    """Unmounts what is at a path, now for the path and, for those who have files of it open, later."""
    _called(_libc.umount2(os.fsencode(target), _DETACH), f"unmount {target}")


def pivot_root_here() -> None:
    """Makes the working directory, a mount point, the root of this mount namespace. The old root lies on top of it, until
    it is detached; "/" is the new one."""
    number = _PIVOT_ROOT.get(os.uname().machine, _PIVOT_ROOT_GENERIC)
    _called(_libc.syscall(_long(number), b".", b"."), "pivot_root")


def set_host_name(name: str) -> None:
    """sethostname(2)."""
    socket.sethostname(name)


def raise_loopback() -> None:
    """Sets the interface `lo` of this network namespace up."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))


def _prctl(option: int, *values: int) -> int:
    padded = (*values, 0, 0, 0, 0)[:4]
    return int(_libc.prctl(option, *map(_long, padded)))


def die_with_parent() -> None:
    """SIGKILL when the thread ends that forked this process. A change of ids, and execve of a file with capabilities or
    setuid, clear it."""
    _called(_prctl(_PDEATHSIG, int(signal.SIGKILL)), "prctl")


def become_subreaper() -> None:
    """The orphans among the descendants become children of this process."""
    _called(_prctl(_CHILD_SUBREAPER, 1), "prctl")


def set_no_new_privileges() -> None:
    """From here on, execve gives no privileges: setuid bits and file capabilities do nothing."""
    _called(_prctl(_NO_NEW_PRIVS, 1), "prctl")


def limit_capabilities(allowed: int) -> None:
    """Drops from the bounding set what is not in a mask, and clears the ambient set."""
    for number in range(_CAPABILITIES):
        if not allowed >> number & 1:
            _prctl(_CAPBSET_DROP, number)  # EINVAL: this kernel does not have so many.
    if capabilities("CapBnd") & ~allowed:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), "prctl")
    _prctl(_CAP_AMBIENT, _AMBIENT_CLEAR)


def set_capabilities(mask: int) -> None:
    """Makes a mask the permitted and effective set; nothing is inheritable."""
    header = struct.pack("=Ii", _CAP_VERSION, 0)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    _called(_libc.capset(header, struct.pack("=6I", low, low, 0, high, high, 0)), "capset")


def capabilities(name: str) -> int:
    """A set of this process as /proc/self/status names it, for example `CapEff`; 0 without /proc."""
    try:
        # As bytes: a codec may be a module, and out of reach.
        with open("/proc/self/status", "rb") as file:
            return next((int(line.split()[1], 16) for line in file if line.startswith(f"{name}:".encode())), 0)
    except OSError:
        return 0


def reset_signals() -> None:
    """Gives all signals their default action, and unblocks them: Python ignores some, which execve keeps."""
    for number in signal.valid_signals():
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            try:
                signal.signal(number, signal.SIG_DFL)
            except (OSError, ValueError):
                pass
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def close_others(keep: Iterable[int] = ()) -> None:
    """Closes all file descriptors above 2 but some."""
    first = 3
    for number in (*sorted(keep), None):
        last = 0xFFFFFFFF if number is None else number - 1
        if first <= last:
            _close_range(first, last)
        first = (number or 0) + 1


def _close_range(first: int, last: int) -> None:
    if _libc.syscall(_long(_CLOSE_RANGE), _long(first), _long(last), _long(0)) == 0:
        return
    for number in _open_descriptors() or range(first, min(last, 65536) + 1):
        if first <= number <= last:
            try:
                os.close(number)
            except OSError:
                pass


def _open_descriptors() -> Optional[List[int]]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return None


def children() -> List[int]:
    """The processes whose parent is this one, zombies included."""
    own, found = os.getpid(), []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    # The name of the program, in parentheses, may hold anything.
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            if parent == own:
                found.append(int(name))
    return found


def kill_child(process: int) -> None:
    """Kills a process that may be a child of this one, and waits for it."""
    try:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    except (ChildProcessError, ProcessLookupError):
        pass
