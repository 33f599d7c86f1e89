"""The first process of a container: from a fork of the keeper to execve of the program.

After the root has changed, nothing may be imported: the standard library is out of reach.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import select
import socket
import stat
import struct
import termios
from typing import NoReturn, Optional, Tuple

from scratch_image.run import linux
from scratch_image.run.errors import NoSpace, NotRun
from scratch_image.run.mounts import DEVICES, close_root, make_directory, mount_all, open_devices, open_source, remount
from scratch_image.run.plan import Plan
from scratch_image.run.unpack import unpack

_TIOCSPTLCK, _TIOCGPTN = 0x40045431, 0x80045430
_REFUSED = (errno.EACCES, errno.EPERM, errno.ENOEXEC)
# What the keeper is told before execve, which tells it no more if it succeeds.
READY = b"ready "
# Bytes beside those of the files that may be written into a root in memory.
_ROOM = 1 << 30


def start(plan: Plan, keeper: int, parent: socket.socket) -> NoReturn:
    """Becomes the program. Writes READY to `keeper`, which is closed by execve; or why that failed, and ends. `parent` is
    sent the terminal."""
    try:
        _start(plan, keeper, parent)
    except NoSpace as error:
        _report(keeper, str(error), 125, True)
    except NotRun as error:
        _report(keeper, str(error), error.code, False)
    except OSError as error:
        _report(keeper, f"the image cannot be started: {error}", 125, error.errno == errno.ENOSPC)
    except BaseException as error:
        _report(keeper, f"the image cannot be started: {type(error).__name__}: {error}", 125, False)
    finally:
        os._exit(125)


def _report(keeper: int, text: str, code: int, no_space: bool) -> None:
    os.write(keeper, json.dumps([text[:30000], code, no_space]).encode("utf-8", "replace"))


def _start(plan: Plan, keeper: int, parent: socket.socket) -> None:
    linux.die_with_parent()
    _check_keeper(keeper)
    os.setsid()
    os.umask(0)
    if plan.rung.is_chroot:
        _chroot(plan)
    else:
        _pivot(plan)
    if plan.terminal is not None:
        _open_terminal(plan, parent)
    elif plan.stdio:
        for number, descriptor in enumerate(plan.stdio):
            os.dup2(descriptor, number)
    _own_pipes(plan)
    _drop_privileges(plan)
    # The change of ids has cleared it.
    linux.die_with_parent()
    _check_keeper(keeper)
    _execute(plan, keeper)


def _check_keeper(pipe: int) -> None:
    """Ends this process if the keeper is gone: then nobody reads the pipe. getppid says nothing across PID namespaces."""
    poll = select.poll()
    poll.register(pipe, 0)
    if any(event & select.POLLERR for _, event in poll.poll(0)):
        os._exit(125)


def _pivot(plan: Plan) -> None:
    linux.unshare(linux.NEWNS)
    linux.mount("", "/", flags=linux.REC | linux.PRIVATE)
    # Only mounts of this namespace can be bound; through these, the host is reached after the root has changed.
    old_root = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    sources = [open_source(mount.source) for mount in plan.settings.mounts]
    devices = open_devices()
    place = plan.directory or plan.mount_point
    # A device that root makes there cannot be opened: this stands in for Docker's control group of devices.
    if plan.directory:
        linux.mount(place, place, flags=linux.BIND)
        remount(place, linux.NODEV)
    else:
        size = (plan.image.unpacked + _ROOM) >> 10
        linux.mount("root", place, "tmpfs", linux.NODEV, f"mode={plan.mode_of_root(0o755):o},size={size}k")
    os.chdir(place)
    linux.pivot_root_here()
    os.chdir("/")
    _fill_root(plan)
    mount_all(plan, sources, devices)
    close_root(plan)
    os.fchdir(old_root)
    linux.detach(".")
    os.chdir("/")
    os.close(old_root)
    linux.set_host_name(plan.command.host_name)


def _fill_root(plan: Plan) -> None:
    unpack(plan.image, plan.owner)
    os.chmod("/", plan.mode_of_root(0o755))


def _chroot(plan: Plan) -> None:
    """Without mounts, files that Docker would mount are made, unless the image has them."""
    os.chroot(plan.directory or plan.mount_point)
    os.chdir("/")
    _fill_root(plan)
    for path, text in plan.files.items():
        make_directory(plan, os.path.dirname(path))
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
                file.write(text.encode())
        except FileExistsError:
            pass
    make_directory(plan, "/dev")
    for name, (major, minor) in DEVICES.items():
        try:
            os.mknod(f"/dev/{name}", 0o666 | stat.S_IFCHR, os.makedev(major, minor))
        except OSError:
            pass
    for volume in (*plan.image.configuration.values.get("volumes", ()), plan.command.workdir):
        make_directory(plan, volume)


def _open_terminal(plan: Plan, parent: socket.socket) -> None:
    """A pseudo terminal of the image's own devpts becomes descriptors 0 to 2; the other end is sent to the parent."""
    master = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    fcntl.ioctl(master, _TIOCSPTLCK, struct.pack("i", 0))
    (number,) = struct.unpack("i", fcntl.ioctl(master, _TIOCGPTN, b"\0" * 4))
    slave = os.open(f"/dev/pts/{number}", os.O_RDWR | os.O_NOCTTY)
    if not plan.rung.is_single:
        os.fchown(slave, plan.command.user.uid, -1)
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, plan.terminal or b"\0" * 8)
    socket.send_fds(parent, [b"terminal"], [master])
    os.close(master)
    for number in range(3):
        os.dup2(slave, number)
    os.close(slave)


def _own_pipes(plan: Plan) -> None:
    """As runc: the user may open /dev/stdout again where it is a pipe."""
    for number in range(3):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode) and not plan.rung.is_single:
                os.fchown(number, plan.command.user.uid, -1)
        except OSError:
            pass


def _drop_privileges(plan: Plan) -> None:
    user, allowed = plan.command.user, plan.capabilities
    linux.limit_capabilities(allowed)
    if not plan.rung.is_single:
        os.setgroups(user.groups)
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
    linux.set_capabilities(allowed & linux.capabilities("CapPrm") if user.uid == 0 and allowed else 0)
    if plan.settings.restricted or plan.rung.is_chroot:
        linux.set_no_new_privileges()


def _execute(plan: Plan, keeper: int) -> None:
    command = plan.command
    try:
        os.chdir(command.workdir)
    except OSError as error:
        raise NotRun(f"the working directory {command.workdir} cannot be entered: {error.strerror}", 126) from None
    os.umask(0o022)
    keep = [keeper] if plan.emulator is None else [keeper, plan.emulator]
    linux.close_others(keep)
    environment = dict(text.partition("=")[::2] for text in command.env)
    linux.reset_signals()
    os.write(keeper, READY)
    refused: Optional[Tuple[str, OSError]] = None
    for path in _candidates(command.argv[0], command.path):
        try:
            if plan.emulator is None:
                os.execve(path, command.argv, environment)
            with open(path, "rb"):
                pass
            os.execve(plan.emulator, ["qemu", "-0", command.argv[0], path, *command.argv[1:]], environment)
        except OSError as error:
            if refused is None or (refused[1].errno == errno.ENOENT and error.errno != errno.ENOENT):
                refused = path, error
    _refuse(command.argv[0], refused)


def _candidates(program: str, path: str) -> Tuple[str, ...]:
    if "/" in program:
        return (program,)
    return tuple(f"{directory or '.'}/{program}" for directory in path.split(":"))


def _refuse(program: str, refused: Optional[Tuple[str, OSError]]) -> NoReturn:
    path, error = refused or (program, OSError(errno.ENOENT, os.strerror(errno.ENOENT)))
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        if os.path.isfile(path):
            raise NotRun(f"{path} cannot be executed: the loader that it names is not in the image", 127)
        where = "" if "/" in program else ", and PATH does not lead to it"
        if " " in program:
            where += "; each argument is an item of its own, not a part of the program's name"
        raise NotRun(f"there is no program {program} in the image{where}", 127)
    if error.errno == errno.ENOEXEC:
        raise NotRun(f"{path} cannot be executed: it is not a program for this CPU", 126)
    raise NotRun(f"{path} cannot be executed: {error.strerror}", 126 if error.errno in _REFUSED else 125)
