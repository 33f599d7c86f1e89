"""The keeper: the process between the one that starts a container and the container's first process.

It makes the namespaces, forks PID 1 into them, hands signals on, and ends all of it when the parent is gone. It keeps the
host's mounts and file system, so it can remove the directory of the root. A socket joins it to the parent; each message is
a kind and a value, and the end of the socket is the end of the parent.
"""

from __future__ import annotations

import os
import select
import signal
import socket
from typing import NoReturn, Optional

from scratch_image.run import init, linux
from scratch_image.run.ids import become_first
from scratch_image.run.leftovers import remove_tree
from scratch_image.run.plan import Plan
from scratch_image.run.rungs import namespaces

# Kinds of messages. To the parent: write my maps; the process of the image is …; it runs; it does not, because …; it ended
# with the status of waitpid … From the parent: the maps are written; send a signal.
MAP, PROCESS, STARTED, FAILED, ENDED = b"map ", b"process ", b"started ", b"failed ", b"ended "
MAPPED, SIGNAL = b"mapped ", b"signal "
# Signals that ask for the end: before the program runs, they end what is there.
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_ENDED_EARLY = "the container's first process ended before it became the program"
_LOW_PORTS = "/proc/sys/net/ipv4/ip_unprivileged_port_start"


def keep(plan: Plan, parent: socket.socket) -> NoReturn:
    """Runs as the keeper, and ends this process."""
    try:
        _Keeper(plan, parent).run()
    except BrokenPipeError:
        pass
    except BaseException as error:
        try:
            text = f"the container cannot be made: {error}"
            parent.send(FAILED + _failure(text))
        except OSError:
            pass
    finally:
        os._exit(125)


def _failure(text: str) -> bytes:
    import json

    return json.dumps([text[:30000], 125, False]).encode("utf-8", "replace")


class _Keeper:
    def __init__(self, plan: Plan, parent: socket.socket) -> None:
        self._plan, self._parent = plan, parent
        self._first = 0
        self._is_started = self._is_refused = False

    def run(self) -> None:
        # A terminal's signals go to the parent alone, which hands them on.
        os.setsid()
        # Among what it inherits may be ends of pipes, whose closing somebody waits for.
        emulator = [] if self._plan.emulator is None else [self._plan.emulator]
        linux.close_others((self._parent.fileno(), *self._plan.stdio, *self._plan.image.layers, *emulator))
        reader, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if not self._enter():
            return
        if self._plan.rung.is_chroot:
            linux.become_subreaper()
        started = self._fork()
        status = self._watch(reader, started)
        if self._plan.rung.is_chroot:
            kill_children()
        if self._plan.directory:
            remove_tree(self._plan.directory)
        self._parent.send(ENDED + str(status).encode())

    def _enter(self) -> bool:
        """Whether the namespaces are there; False if the parent is gone."""
        plan = self._plan
        flags = namespaces(plan.rung, plan.settings.own_network)
        if flags:
            linux.unshare(flags)
        if plan.rung.has_user_namespace:
            self._parent.send(MAP)
            if self._parent.recv(64) != MAPPED:
                return False
            become_first(plan.rung.way)
        if flags & linux.NEWNET:
            linux.raise_loopback()
            if plan.settings.low_ports:
                with open(_LOW_PORTS, "w", encoding="ascii") as file:
                    file.write("0")
        return True

    def _fork(self) -> int:
        """Forks PID 1; gives the end of a pipe that says whether it has become the program."""
        started, theirs = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._first = os.fork()
        if self._first == 0:
            signal.set_wakeup_fd(-1)
            os.close(started)
            init.start(self._plan, theirs, self._parent)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.close(theirs)
        # A parent that is gone by now has not told this process: the program, which may run already, must not outlive both.
        self._tell(PROCESS + str(self._first).encode())
        # Whoever reads the program's output waits for its end: this process must not hold it.
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2, *self._plan.stdio):
            os.dup2(nothing, number)
        return started

    def _watch(self, waker: int, started: int) -> int:
        """The status of waitpid for PID 1."""
        poll = select.poll()
        for descriptor in (waker, started, self._parent.fileno()):
            poll.register(descriptor, select.POLLIN)
        self._said, self._started, is_silent = b"", started, True
        while True:
            status = self._reaped()
            if status is not None:
                while is_silent and self._hear():
                    pass
                return status
            for descriptor, _ in poll.poll():
                if descriptor == waker:
                    os.read(waker, 512)
                elif descriptor == started:
                    is_silent = self._hear()
                    if not is_silent:
                        poll.unregister(started)
                elif not self._hand_on():
                    poll.unregister(descriptor)

    def _hear(self) -> bool:
        """Takes what PID 1 says; False at the end: it has become the program, or will not."""
        piece = os.read(self._started, 65536)
        self._said += piece
        if piece:
            return True
        self._is_started = self._said == init.READY
        reason = self._said.partition(init.READY)[2] or self._said or _failure(_ENDED_EARLY)
        if not self._is_refused:
            self._tell(STARTED if self._is_started else FAILED + reason)
        return False

    def _tell(self, message: bytes) -> None:
        try:
            self._parent.send(message)
        except OSError:
            self._kill(signal.SIGKILL)

    def _hand_on(self) -> bool:
        """Does what the parent says; False if it is gone, and then nothing of the image lives on."""
        try:
            message = self._parent.recv(64)
        except OSError:
            message = b""
        if not message.startswith(SIGNAL):
            self._kill(signal.SIGKILL)
            return False
        number = int(message[len(SIGNAL) :])
        while not self._is_started and select.select([self._started], [], [], 0)[0] and self._hear():
            pass
        # As process 1, what is to become the program would not notice.
        self._is_refused = not self._is_started and number in ENDING
        self._kill(signal.SIGKILL if self._is_refused else number)
        return True

    def _kill(self, number: int) -> None:
        try:
            os.kill(self._first, number)
        except OSError:
            pass

    def _reaped(self) -> Optional[int]:
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return 9
            if process == 0:
                return None
            if process == self._first:
                return status


def kill_children() -> None:
    """Kills the children of this process until there are none: those of a subreaper are all descendants, one after the
    other."""
    while True:
        for child in linux.children():
            try:
                os.kill(child, signal.SIGKILL)
            except OSError:
                pass
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
