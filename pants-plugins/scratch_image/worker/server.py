"""A worker of Pants: one process that holds the interpreter and our modules, and forks for each request.

Pants keeps such processes for JVM tools (nailgun). It starts one in a sandbox, reads the port from the first line of its
output, puts the inputs of one process into the sandbox, connects, and takes the results from there. It fails the build if
a connection of its own is dropped, so only those of strangers are.
"""

from __future__ import annotations

import os
import select
import signal
import socket
from collections import deque
from typing import Deque, List, NoReturn, Optional, Tuple

from scratch_image.worker import child, frames, life, peer
from scratch_image.worker.child import Child, Pipes
from scratch_image.worker.connection import Connection
from scratch_image.worker.frames import BrokenRequest, Request
from scratch_image.worker.trees import Trees

NAME = "scratch_image"
"""The command of all requests. Pants tells workers apart by it, so it is the same for all kinds of processes."""
_MODULES = f"{NAME}."
_SOURCES, _LIBRARIES = "sources", "libraries"
_SECONDS_BETWEEN_LOOKS = 0.5
_BACKLOG = 128
# Of this user's connections without a request, and of those whose answer was sent: more than Pants has.
_MOST_IDLE = 64


def serve() -> Tuple[str, ...]:
    """Answers requests until the daemon of Pants is gone. Returns only in the children, with the arguments of a request."""
    life.close_inherited()
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)  # It ends with its group.
    daemon = os.getppid()
    with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listener:
        listener.setblocking(False)
        server = _Server(listener, daemon, os.getcwd())
        # From here on Pants may connect. It reads nothing more of what is printed.
        print(f"NGServer {NAME} started on 127.0.0.1, port {listener.getsockname()[1]}.", flush=True)
        return server.serve()


class _Server:
    def __init__(self, listener: socket.socket, daemon: int, directory: str) -> None:
        self._listener = listener
        self._daemon = daemon
        self._directory = directory
        self._trees = Trees()
        # Connections without a request, those with one, and those that are answered; the oldest first.
        self._waiting: List[Connection] = []
        self._ready: Deque[Connection] = deque()
        self._answered: List[Connection] = []
        self._child: Optional[Child] = None
        self._wake, self._woken = _woken_by_signals()
        # A daemon that is told to end passes that on.
        self._is_told_to_end = False
        signal.signal(signal.SIGTERM, self._note_end)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> Tuple[str, ...]:
        while True:
            if self._is_told_to_end or os.getppid() != self._daemon:
                self._end()
            self._look()
            self._settle()
            while self._child is None and self._ready:
                arguments = self._start(self._ready.popleft())
                if arguments:
                    return arguments

    def _note_end(self, *_: object) -> None:
        self._is_told_to_end = True

    def _end(self) -> NoReturn:
        if self._child:
            self._child.close()
        life.end(self._directory)

    def _look(self) -> None:
        """Waits until something happens, and takes it."""
        running = self._child
        pipes = list(running.pipes) if running and not running.connection.is_full else []
        clients = [*self._waiting, *self._answered]
        if running and running.connection.is_open:
            clients.append(running.connection)
        writing = [connection for connection in clients if connection.has_unsent]
        watched: List[object] = [self._listener, self._wake, *clients, *pipes]
        readable, writable, _ = select.select(watched, writing, [], _SECONDS_BETWEEN_LOOKS)
        for connection in writable:
            connection.send()
        for one in readable:
            if one is self._listener:
                self._accept()
            elif one == self._wake:
                os.read(self._wake, 4096)
            elif isinstance(one, Connection):
                self._receive(one)
            elif running and isinstance(one, int):
                running.pass_on(one)

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        # Nothing is read before the kernel has said who it is.
        if peer.is_own(client):
            self._waiting.append(Connection(client))
        else:
            client.close()

    def _receive(self, connection: Connection) -> None:
        try:
            connection.receive()
        except BrokenRequest:
            connection.is_open = False

    def _settle(self) -> None:
        """Gives each connection its place."""
        for connection in [one for one in self._waiting if one.request or not one.is_open]:
            self._waiting.remove(connection)
            if connection.is_open:
                self._ready.append(connection)
            else:
                connection.close()
        running = self._child
        if running:
            if not running.connection.is_open:
                running.end()  # Pants closes it when the time of a process is over.
            if running.has_ended():
                self._child = None
                running.connection.write(frames.exit_code(running.close()))
                self._answered.append(running.connection)
        for connection in list(self._answered):
            if connection.is_open and not connection.has_unsent:
                connection.finish()
            if not connection.is_open:
                self._answered.remove(connection)
                connection.close()
        for idle in (self._waiting, self._answered):
            while len(idle) > _MOST_IDLE:
                idle.pop(0).close()

    def _start(self, connection: Connection) -> Tuple[str, ...]:
        """Forks for a request. Gives its arguments in the child, and nothing in the worker."""
        assert connection.request is not None
        refusal = self._refusal(connection.request)
        if refusal:
            self._refuse(connection, refusal)
            return ()
        self._load(connection.request.arguments[0])
        try:
            pipes = Pipes.open()
            worker, pid = os.getpid(), os.fork()
        except OSError as error:
            self._refuse(connection, f"a process could not be started: {error}")
            return ()
        if pid:
            self._child = Child(pid, pipes, connection)
            return ()
        signal.set_wakeup_fd(-1)
        for end in (self._wake, self._woken):
            os.close(end)
        self._listener.close()
        for one in (connection, *self._waiting, *self._ready, *self._answered):
            one.close()
        child.become(connection.request, pipes, worker, self._directory)
        self._trees.put_back(_SOURCES, _LIBRARIES)
        return connection.request.arguments

    def _load(self, module: str) -> None:
        # Pants links the sources, which many requests share, into the sandbox. What is no link is this request's alone.
        if os.path.islink(_SOURCES):
            self._trees.load(_SOURCES, _LIBRARIES, module)

    def _refusal(self, request: Request) -> str:
        """Why a request cannot be one of Pants'; empty if it can."""
        if request.command != NAME or not request.arguments or not request.arguments[0].startswith(_MODULES):
            return f"it runs modules of {NAME} only"
        if not os.path.isdir(request.directory) or not os.path.samefile(request.directory, self._directory):
            return "it runs in its own directory only"
        return ""

    def _refuse(self, connection: Connection, reason: str) -> None:
        connection.write(frames.output(frames.STDERR, f"the worker of {NAME} refused a request: {reason}\n".encode()))
        connection.write(frames.exit_code(1))
        self._answered.append(connection)


def _woken_by_signals() -> Tuple[int, int]:
    """A pipe that holds something when a signal has come, so that select() sees it."""
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    return wake, woken
