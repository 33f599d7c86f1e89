"""A container in the foreground: its output is this process's, signals are handed on, and a terminal is one of its own."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import termios
import tty
from typing import List, Optional

from scratch_image.run.container import Container, Start
from scratch_image.run.errors import NoSpace
from scratch_image.run.keeper import ENDING

_HANDED_ON = (*ENDING, signal.SIGUSR1, signal.SIGUSR2)
# So many requests to end kill a program that ignores them, as with the command of Docker.
_PATIENCE = 3
# Milliseconds after which the size of a terminal is compared: outside of its foreground group, no signal says it changed.
_SIZE_INTERVAL = 1000


def run_in_foreground(start: Start) -> int:
    """Starts a container and waits for its end; gives its exit code. Raises NotRun."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    handlers = {number: signal.signal(number, lambda *_: None) for number in (*_HANDED_ON, signal.SIGWINCH)}
    try:
        try:
            return _Foreground(start.start(), reader).run()
        except NoSpace:
            return _Foreground(start.start(on_disk=True), reader).run()
    finally:
        signal.set_wakeup_fd(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)


class _Foreground:
    def __init__(self, container: Container, signals: int) -> None:
        self._container, self._signals = container, signals
        self._requests = 0
        self._last = 0
        self._terminal: Optional[_Terminal] = None

    def run(self) -> int:
        container = self._container
        try:
            while container.exit_code is None:
                terminal = self._terminal.descriptors() if self._terminal else []
                waiting = [self._signals, container.control.fileno(), *terminal]
                timeout = _SIZE_INTERVAL / 1000 if self._terminal else None
                ready, _, _ = select.select(waiting, [], [], timeout)
                if self._signals in ready:
                    self._take_signals()
                if self._terminal:
                    self._terminal.copy(ready)
                if container.exit_code is None and container.control.fileno() in ready:
                    container.step()
                if self._terminal is None and container.terminal is not None:
                    self._terminal = _Terminal(container.terminal)
        finally:
            if container.exit_code is None:
                container.kill()
            if self._terminal:
                self._terminal.close()
        if self._requests and not container.is_started:
            return 128 + self._last
        return container.exit_code or 0

    def _take_signals(self) -> None:
        for number in os.read(self._signals, 512):
            if number not in _HANDED_ON:
                continue
            if number in ENDING:
                self._requests, self._last = self._requests + 1, number
            self._container.send_signal(signal.SIGKILL if self._requests >= _PATIENCE else number)


class _Terminal:
    """Joins this process's terminal, in raw mode, to that of the container: keys such as Ctrl-C are the program's."""

    def __init__(self, master: int) -> None:
        self._master: Optional[int] = master
        self._reads_input = True
        # From the background, as some Pants start it, this would stop the process.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
        self._group = _take_terminal()
        self._mode = termios.tcgetattr(0)
        tty.setraw(0)
        self._size = b""
        self._fit()

    def descriptors(self) -> List[int]:
        """What to wait for."""
        return [*([0] if self._reads_input else []), *([] if self._master is None else [self._master])]

    def copy(self, ready: List[int]) -> None:
        """Copies what is there, in both directions."""
        self._fit()
        if 0 in ready and self._master is not None:
            try:
                typed = os.read(0, 4096)
            except OSError:
                typed = b""
            self._reads_input = bool(typed)
            _write(self._master, typed)
        if self._master is not None and self._master in ready:
            self._copy_output(self._master)

    def close(self) -> None:
        """Copies the rest of the output, and gives the terminal back."""
        while self._master is not None and select.select([self._master], [], [], 0)[0]:
            self._copy_output(self._master)
        termios.tcsetattr(0, termios.TCSADRAIN, self._mode)
        if self._group is not None:
            try:
                os.tcsetpgrp(0, self._group)
            except OSError:
                pass

    def _copy_output(self, master: int) -> None:
        try:
            shown = os.read(master, 65536)
        except OSError:  # EIO: the last process with the terminal has ended.
            shown = b""
        if shown:
            _write(1, shown)
        else:
            os.close(master)
            self._master = None

    def _fit(self) -> None:
        if self._master is None:
            return
        try:
            size = fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8)
            if size != self._size:
                fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)
                self._size = size
        except OSError:
            pass


def _take_terminal() -> Optional[int]:
    """Makes this process's group the terminal's foreground; gives the one that was, if it was another."""
    try:
        group = os.tcgetpgrp(0)
        if group != os.getpgrp():
            os.tcsetpgrp(0, os.getpgrp())
            return group
    except OSError:
        pass
    return None


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        pass
