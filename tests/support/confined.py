"""A process that may less, as in a container or on a hardened machine:
`python confined.py [--seccomp] [--drop sys_admin,…] [--ids COUNT] COMMAND…`.

`--ids` maps only the first ids, in a user namespace.
`--seccomp` refuses what Docker's filter refuses to a process without CAP_SYS_ADMIN (moby, profiles/seccomp).
"""

from __future__ import annotations

import argparse
import ctypes
import os
import struct
import sys

from scratch_image.run import linux
from tests.support.capability_names import NAMES

_PR_SET_SECCOMP, _FILTER = 22, 2
_LOAD, _EQUAL, _AND, _RETURN = 0x20, 0x15, 0x54, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_NEW = linux.NEWNS | linux.NEWCGROUP | linux.NEWUTS | linux.NEWIPC | linux.NEWUSER | linux.NEWPID | linux.NEWNET
# unshare, setns, mount, umount2, pivot_root; clone; clone3.
_NUMBERS = {"x86_64": ((272, 308, 165, 166, 155), 56, 435), "aarch64": ((97, 268, 40, 39, 41), 220, 435)}


def _program() -> bytes:
    refused, clone, clone3 = _NUMBERS[os.uname().machine]
    code = [(_LOAD, 0, 0, 0)]
    for number in refused:
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    code += [(_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    # The flags are the first argument, whose lower half is at byte 16.
    code += [
        (_EQUAL, 0, 4, clone),
        (_LOAD, 0, 0, 16),
        (_AND, 0, 0, _NEW),
        (_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *each) for each in (*code, (_RETURN, 0, 0, _ALLOW)))


def refuse_namespaces() -> None:
    """Installs the filter, for this process and all that it starts."""
    content = ctypes.create_string_buffer(_program())
    count = len(content.raw) // 8
    libc = ctypes.CDLL(None, use_errno=True)
    program = ctypes.create_string_buffer(struct.pack("@HP", count, ctypes.addressof(content)))
    if os.geteuid() != 0:
        linux.set_no_new_privileges()
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_FILTER), program, ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise OSError(ctypes.get_errno(), "seccomp")


def enter_user_namespace(count: int) -> None:
    """Moves this process into a user namespace in which so many ids are mapped. A child writes the maps from outside."""
    reader, writer = os.pipe()
    process, child = os.getpid(), os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{process}/{name}", "w") as file:
                file.write(f"0 0 {count}\n")
        os._exit(0)
    os.close(reader)
    linux.unshare(linux.NEWUSER)
    os.write(writer, b"x")
    os.close(writer)
    os.waitpid(child, 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seccomp", action="store_true")
    parser.add_argument("--drop", default="")
    parser.add_argument("--ids", type=int)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.ids:
        enter_user_namespace(options.ids)
    if options.seccomp:
        refuse_namespaces()
    if options.drop:
        mask = linux.capabilities("CapPrm")
        for name in options.drop.split(","):
            mask &= ~(1 << NAMES.index(name.upper()))
        linux.limit_capabilities(mask)
        linux.set_capabilities(mask)
    os.execvp(options.command[0], options.command)


if __name__ == "__main__":
    sys.exit(main())
