"""A container as its parent sees it: started, sent signals, waited for. Whatever ends this process ends the container."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import termios
from typing import Mapping, NamedTuple, Optional, Sequence

from scratch_image.run import keeper, linux
from scratch_image.run.command import Settings, command_of
from scratch_image.run.errors import NoSpace, NotRun
from scratch_image.run.ids import id_maps, write_maps
from scratch_image.run.image import StoredImage
from scratch_image.run.leftovers import new_directory, remove_tree
from scratch_image.run.mounts import open_source
from scratch_image.run.plan import Plan
from scratch_image.run.rungs import Rung

# Bytes of files up to which a root is in memory.
_IN_MEMORY = 1 << 30
_HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
_MESSAGE = 65536


class Container:
    """A container that was told to start. `control` can be polled: something is to read when `step` should be called.
    `exit_code` is None until it ended, then the program's own, or 128 and the number of the signal that ended it.
    `terminal` is the other end of its terminal, once it is there."""

    def __init__(self, plan: Plan, lock: Optional[int] = None) -> None:
        self.plan, self._lock = plan, lock
        self.is_started = False
        self.exit_code: Optional[int] = None
        self.signal = 0
        self.terminal: Optional[int] = None
        linux.become_subreaper()
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._first = 0
        self._keeper = os.fork()
        if self._keeper == 0:
            signal.set_wakeup_fd(-1)
            self.control.close()
            keeper.keep(plan, theirs)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        theirs.close()

    def step(self) -> None:
        """Takes one message of the keeper, and waits for it. Raises NotRun where the program could not be started; then the
        container is gone."""
        message, descriptors, _, _ = socket.recv_fds(self.control, _MESSAGE, 1)
        kind, _, value = message.partition(b" ")
        if message == b"terminal":
            (self.terminal,) = descriptors
        elif kind == keeper.MAP.strip():
            self._map()
        elif kind == keeper.PROCESS.strip():
            self._first = int(value)
        elif kind == keeper.STARTED.strip():
            self.is_started = True
        elif kind == keeper.FAILED.strip():
            self.kill()
            text, code, no_space = json.loads(value)
            raise NoSpace(text) if no_space else NotRun(text, code)
        elif kind == keeper.ENDED.strip():
            self._end(int(value))
        elif not message:
            # The keeper was killed: what it kept dies with it, or is killed here.
            self._end(int(signal.SIGKILL))

    def send_signal(self, number: int) -> None:
        """Sends the program a signal."""
        try:
            self.control.send(keeper.SIGNAL + str(int(number)).encode())
        except OSError:
            pass

    def enter_network(self) -> None:
        """Moves this process into the network of the container, if that has one of its own. Raises OSError."""
        if self.plan.settings.own_network and not self.plan.rung.is_chroot:
            if self.plan.rung.has_user_namespace:
                linux.enter(self._keeper, "user")
            linux.enter(self._keeper, "net")

    def kill(self) -> None:
        """Ends everything of the container, and waits for it."""
        if self.exit_code is None:
            self._end(int(signal.SIGKILL))

    def _map(self) -> None:
        ids = id_maps(self.plan.rung.way, self.plan.command.user)
        refusal = ids if isinstance(ids, str) else write_maps(self._keeper, ids)
        if refusal:
            self.kill()
            raise NotRun(f"the ids of the container cannot be mapped: {refusal}")
        self.control.send(keeper.MAPPED)

    def _end(self, status: int) -> None:
        self.control.close()
        _, end = os.waitpid(self._keeper, 0)
        if os.WIFSIGNALED(end):
            # PID 1 is a child of this process now, unless the kernel has killed it; its namespace dies with it.
            if self._first and not self.plan.rung.is_chroot:
                linux.kill_child(self._first)
            else:
                keeper.kill_children()
        if self._lock is not None and self.plan.directory:
            remove_tree(os.path.dirname(self.plan.directory))
            os.close(self._lock)
        self.signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        self.exit_code = 128 + self.signal if self.signal else os.WEXITSTATUS(status)


class Start(NamedTuple):
    """How to start containers of an image. `stdio` is as in Plan; with `terminal`, the container has one of the size of this
    process's; `emulator` is the path of qemu-user."""

    image: StoredImage
    settings: Settings
    rung: Rung
    terminal: bool = False
    emulator: Optional[str] = None
    temporary: str = "/tmp"

    def start(self, stdio: Sequence[int] = (), on_disk: bool = False) -> Container:
        """Starts one. Raises NotRun. With `on_disk`, the root is a directory; NoSpace is a reason to try that."""
        _check(self)
        command = command_of(self.image, self.settings, self.terminal)
        for number in range(len(self.image.layers)):
            self.image.members(number)
        emulator: Optional[int] = None
        try:
            for mount in self.settings.mounts:
                os.close(open_source(mount.source))
            emulator = os.open(self.emulator, os.O_RDONLY | os.O_CLOEXEC) if self.emulator else None
            directory, lock = None, None
            if on_disk or self.rung.is_chroot or self.image.unpacked > _IN_MEMORY:
                place, lock = new_directory(self.temporary)
                directory = os.path.join(place, "root")
            plan = Plan(
                self.image,
                command,
                self.settings,
                self.rung,
                directory,
                _files(self.settings.own_network, command.host_name),
                tuple(stdio),
                _size_of_terminal() if self.terminal else None,
                emulator,
            )
            return Container(plan, lock)
        except OSError as error:
            raise NotRun(f"the container cannot be made: {error}") from None
        finally:
            if emulator is not None:
                os.close(emulator)


def _size_of_terminal() -> bytes:
    try:
        return fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8)
    except OSError:
        return b"\0" * 8


def _check(start: Start) -> None:
    settings, rung = start.settings, start.rung
    if not rung.is_chroot:
        return
    user = command_of(start.image, settings, False).user
    if user.uid == 0 and not settings.allow_weak:
        raise NotRun(
            "the image runs as root, and this machine only lets it be confined by chroot, which root can leave; "
            "set a user, or accept it with the option allow_weak (--allow-weak)"
        )
    for what, is_wanted in (("mounts", settings.mounts), ("a read-only root", settings.read_only)):
        if is_wanted:
            raise NotRun(f"{what} cannot be made: the machine refuses namespaces, and only chroot is left")


def _files(own_network: bool, host_name: str) -> Mapping[str, str]:
    """What Docker writes for a container; the name servers are the host's where the network is."""
    resolv = ""
    if not own_network:
        try:
            with open("/etc/resolv.conf", encoding="utf-8", errors="replace") as file:
                resolv = file.read(65536)
        except OSError:
            pass
    hosts = f"{_HOSTS}127.0.0.1\t{host_name}\n"
    return {"/etc/resolv.conf": resolv, "/etc/hosts": hosts, "/etc/hostname": f"{host_name}\n"}
