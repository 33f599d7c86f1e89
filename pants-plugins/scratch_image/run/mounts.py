"""What Docker mounts into the root of a container (moby, oci/defaults.go; runc, libcontainer/rootfs_linux.go). All of it is
done with the image's root as this process's root, so that no link of the image can lead a mount out of it."""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import Dict, List, Mapping, Match, Sequence

from scratch_image.run import linux
from scratch_image.run.errors import NotRun
from scratch_image.run.plan import Plan

_SAFE = linux.NOSUID | linux.NODEV | linux.NOEXEC
# Name → (major, minor) number of a character device.
DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
_LINKS = {
    "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}  # fmt: skip
MASKED = (
    *(
        f"/proc/{name}"
        for name in (
            "asound", "acpi", "interrupts", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug",
            "scsi",
        )
    ),
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
)  # fmt: skip
READ_ONLY = tuple(f"/proc/{name}" for name in ("bus", "fs", "irq", "sys", "sysrq-trigger"))
# statvfs(3) and mount(2) have the same numbers for most flags; a remount must repeat them.
_SAME_FLAGS = linux.NOSUID | linux.NODEV | linux.NOEXEC | 1024 | 2048
_ST_RELATIME, _RELATIME = 4096, 1 << 21
_ESCAPE = re.compile(rb"\\([0-7]{3})")


def open_source(path: str) -> int:
    """A descriptor of a file or directory of the host. Raises NotRun."""
    try:
        return os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        raise NotRun(f"{path} cannot be mounted: {error.strerror}") from None


def open_devices() -> Dict[str, int]:
    """Descriptors of what is bound where it cannot be made: devices of the host by name, and /sys."""
    found = {}
    for name in DEVICES:
        try:
            if stat.S_ISCHR(os.stat(f"/dev/{name}").st_mode):
                found[name] = os.open(f"/dev/{name}", os.O_PATH | os.O_CLOEXEC)
        except OSError:
            pass
    found["sys"] = os.open("/sys", os.O_PATH | os.O_CLOEXEC)
    return found


def mount_all(plan: Plan, sources: Sequence[int], devices: Mapping[str, int]) -> None:
    """Mounts everything, in an order in which nothing hides what is needed. `sources` are descriptors of the mounts that the
    plan asks for, `devices` those of `open_devices`. Raises OSError and NotRun."""
    for path in ("/proc", "/sys", "/dev"):
        _own_directory(plan, path)
    _mount_files(plan)
    linux.mount("proc", "/proc", "proc", _SAFE)
    _mount_devices(plan, devices)
    _mount_sys(devices)
    for volume in plan.image.configuration.values.get("volumes", ()):
        make_directory(plan, volume)
        if plan.settings.read_only:
            linux.mount(volume, volume, flags=linux.BIND)
    for source, mount in zip(sources, plan.settings.mounts):
        _bind(plan, f"/proc/self/fd/{source}", mount.target, mount.read_only)
    make_directory(plan, plan.command.workdir)
    for path in MASKED:
        _mask(path)
    for path in READ_ONLY:
        if os.path.exists(path):
            linux.mount(path, path, flags=linux.BIND | linux.REC)
            remount(path, linux.RDONLY)


def close_root(plan: Plan) -> None:
    """Makes the root read-only, where that is asked for: the last thing that is done to it."""
    if plan.settings.read_only:
        remount("/", linux.RDONLY)


def _own_directory(plan: Plan, path: str) -> None:
    """A directory of the root. runc as well refuses to mount over a link, which would lead elsewhere."""
    make_directory(plan, path)
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        raise NotRun(f"{path} of the image is not a directory; a container needs one there")


def make_directory(plan: Plan, path: str) -> None:
    """Makes a directory and those above it, as root's; what is there keeps its owner and mode. Raises NotRun."""
    try:
        if os.path.isdir(path):
            return
        if path != "/":
            make_directory(plan, os.path.dirname(path.rstrip("/")))
        os.mkdir(path)
        os.chmod(path, plan.mode_of_root(0o755))
    except (FileExistsError, NotADirectoryError):
        raise NotRun(f"{path} of the image is not a directory") from None


def _file(plan: Plan, path: str) -> None:
    """An empty file to mount over, unless something is there."""
    make_directory(plan, os.path.dirname(path))
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, plan.mode_of_root(0o755)))
    except OSError as error:
        if error.errno not in (errno.EISDIR, errno.ELOOP, errno.ENOENT):
            raise
        raise NotRun(f"{path} of the image is not a file; a file is mounted there") from None


def _mount_files(plan: Plan) -> None:
    """The texts are in a file system of their own, of which only these files are left to see."""
    if not plan.files:
        return
    linux.mount("files", "/proc", "tmpfs", linux.NOSUID | linux.NODEV | linux.NOEXEC, "mode=755,size=1m")
    for path, text in plan.files.items():
        source = f"/proc/{os.path.basename(path)}"
        with open(source, "wb") as file:
            file.write(text.encode())
        os.chmod(source, plan.mode_of_root(0o644))
        _file(plan, path)
        linux.mount(source, path, flags=linux.BIND)
    linux.detach("/proc")


def _mount_devices(plan: Plan, devices: Mapping[str, int]) -> None:
    """No device but these can be opened, whatever root makes in /dev: they are in a file system of their own, of which only
    they are left to see, and /dev has no devices."""
    linux.mount("tmpfs", "/dev", "tmpfs", linux.NOSUID | linux.NODEV | linux.STRICTATIME, "mode=755,size=65536k")
    linux.mount("devices", "/sys", "tmpfs", linux.NOSUID | linux.STRICTATIME, "mode=755,size=64k")
    for name, (major, minor) in DEVICES.items():
        source = f"/sys/{name}"
        if not _made(source, os.makedev(major, minor)):
            if name not in devices:
                continue
            source = f"/proc/self/fd/{devices[name]}"
        _file(plan, f"/dev/{name}")
        linux.mount(source, f"/dev/{name}", flags=linux.BIND)
    linux.detach("/sys")
    for name, target in _LINKS.items():
        os.symlink(target, f"/dev/{name}")
    if os.path.lexists("/proc/kcore"):
        os.symlink("/proc/kcore", "/dev/core")
    for name in ("pts", "shm", "mqueue"):
        os.mkdir(f"/dev/{name}", 0o755)
    options = "newinstance,ptmxmode=0666,mode=0620"
    # The group `tty`; where it is not mapped, it cannot be named.
    options += "" if plan.rung.is_single else ",gid=5"
    linux.mount("devpts", "/dev/pts", "devpts", linux.NOSUID | linux.NOEXEC, options)
    linux.mount("shm", "/dev/shm", "tmpfs", _SAFE, "mode=1777,size=65536k")
    try:
        linux.mount("mqueue", "/dev/mqueue", "mqueue", _SAFE)
    except OSError as error:
        if error.errno != errno.ENODEV:  # The kernel has no message queues.
            raise
    # Where there is one user only, it owns them, and must not be able to write where only root may.
    os.chmod("/dev", plan.mode_of_root(0o755))


def _made(path: str, device: int) -> bool:
    """Whether the device could be made and works: in a user namespace it cannot, and elsewhere it may be locked."""
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, device)
        os.chmod(path, 0o666)
        os.close(os.open(path, os.O_RDONLY | os.O_NOCTTY))
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EIO):  # /dev/tty of a process without a terminal.
            return True
        if os.path.lexists(path):
            os.unlink(path)
        return False
    return True


def _mount_sys(devices: Mapping[str, int]) -> None:
    """A new sysfs needs a network namespace of its own where there is a user namespace: else the host's is shown."""
    try:
        linux.mount("sysfs", "/sys", "sysfs", _SAFE | linux.RDONLY)
    except OSError as error:
        if error.errno != errno.EPERM or "sys" not in devices:
            raise
        linux.mount(f"/proc/self/fd/{devices['sys']}", "/sys", flags=linux.BIND | linux.REC)
        for path in _mounts_at("/sys"):
            remount(path, linux.RDONLY)


def _bind(plan: Plan, source: str, target: str, read_only: bool) -> None:
    if os.path.isdir(source):
        make_directory(plan, target)
    else:
        _file(plan, target)
    linux.mount(source, target, flags=linux.BIND | linux.REC)
    # A device that is named itself is meant to be used.
    is_device = stat.S_ISCHR(os.stat(target).st_mode) or stat.S_ISBLK(os.stat(target).st_mode)
    flags = (linux.RDONLY if read_only else 0) | (0 if is_device else linux.NODEV)
    for path in _mounts_at(os.path.realpath(target)) if flags else ():
        remount(path, flags)


def _mask(path: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if stat.S_ISDIR(mode):
        linux.mount("tmpfs", path, "tmpfs", linux.RDONLY)
    else:
        linux.mount("/dev/null", path, flags=linux.BIND)


def remount(path: str, more: int) -> None:
    """Adds flags to those of a mount."""
    status = os.statvfs(path).f_flag
    flags = status & _SAME_FLAGS | (_RELATIME if status & _ST_RELATIME else 0)
    linux.mount("", path, flags=linux.REMOUNT | linux.BIND | more | flags)


def _mounts_at(path: str) -> List[str]:
    """The mount points at a path and below it. The host's mounts are there as well, and may have the same paths, so those
    are taken that hang on the mount at the path (proc(5), /proc/pid/mountinfo)."""
    file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    with open(f"/proc/self/fdinfo/{file}", "rb") as about:
        wanted = {next(int(line.split()[1]) for line in about if line.startswith(b"mnt_id:"))}
    os.close(file)
    found: List[str] = []
    with open("/proc/self/mountinfo", "rb") as mounts:
        for number, above, _, _, point, *_ in sorted(map(bytes.split, mounts), key=lambda fields: int(fields[0])):
            if int(number) in wanted or int(above) in wanted:
                wanted.add(int(number))
                # Blanks and the like are octal escapes.
                found.append(os.fsdecode(_ESCAPE.sub(_unescaped, point)))
    return found


def _unescaped(match: Match[bytes]) -> bytes:
    return bytes((int(match[1], 8),))
