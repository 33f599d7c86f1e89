"""The side of Pants of a worker: it starts one in a sandbox, and sends it requests."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence

from scratch_image.engine.own_files import PACKAGE
from scratch_image.engine.tool import FIRST, MAIN, WORKER, Tool
from tests.support.staged import stage_tree
from tests.support.waiting import PATIENCE

NOBODY = 65534
_SERVER = ("com.martiansoftware.nailgun.NGServer", ":0")


class Answer(NamedTuple):
    """What a process wrote, and its exit code: negative after a signal."""

    stdout: bytes
    stderr: bytes
    code: int


def frame(kind: str, content: bytes | str = b"") -> bytes:
    content = content if isinstance(content, bytes) else os.fsencode(content)
    return struct.pack(">Ic", len(content), kind.encode()) + content


class Worker:
    """A worker in the sandbox `directory`, which a child process of this one has started."""

    def __init__(self, root: Path, python: str = sys.executable) -> None:
        self.directory = root / "pants-sandbox-test"
        self.directory.mkdir(mode=0o700)
        self.python = python
        self._trees = root / "trees"
        self.add_tree(WORKER, FIRST)
        command = [python, "-ISB", MAIN, "-cp", "x", *_SERVER]
        self.process = subprocess.Popen(command, cwd=self.directory, env={}, stdout=subprocess.PIPE, close_fds=False)
        assert self.process.stdout
        line = self.process.stdout.readline().decode()
        start, _, port = line.rstrip(".\n").rpartition(" port ")
        assert start == "NGServer scratch_image started on 127.0.0.1,", line
        self.port = int(port)

    def add_tree(self, name: str, tool: Optional[Tool] = None, modules: Optional[Dict[str, str]] = None) -> None:
        """Links a tree into the sandbox, in the place of the one there: the files of a tool, or modules of a test."""
        tree = self._trees / f"{len(list(self._trees.glob('*')))}"
        tree.mkdir(parents=True)
        if tool:
            stage_tree(tool, tree)
        for module, source in (modules or {}).items():
            (tree / PACKAGE).mkdir(exist_ok=True)
            (tree / PACKAGE / "__init__.py").touch()
            (tree / PACKAGE / f"{module}.py").write_text(source)
        link = self.directory / name
        if link.is_symlink():
            link.unlink()
        link.symlink_to(tree, target_is_directory=True)

    def request(self, module: str, arguments: Sequence[str] = (), directory: str = "", command: str = PACKAGE) -> bytes:
        """The bytes of a request."""
        frames = [frame("A", argument) for argument in (f"{PACKAGE}.{module}", *arguments)]
        return b"".join((*frames, frame("D", directory or str(self.directory)), frame("C", command)))

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ask(self, module: str, *arguments: str) -> Answer:
        """Runs a module in the worker."""
        return self.send(self.request(module, arguments))

    def send(self, request: bytes) -> Answer:
        """The answer to a request. Raises EOFError or OSError if the worker ends the connection without one."""
        with self.connect() as connection:
            connection.sendall(request)
            return read_answer(connection)

    def alone(self, module: str, *arguments: str) -> Answer:
        """Runs a module as a process of its own, in the same directory."""
        command = Tool(f"{PACKAGE}.{module}").command(self.python, arguments)
        # Pants gives a process an empty PATH where it names none.
        done = subprocess.run(command, cwd=self.directory, env={"PATH": ""}, capture_output=True, stdin=subprocess.DEVNULL)
        return Answer(done.stdout, done.stderr, done.returncode)

    def descriptors(self) -> List[str]:
        """What the worker has open, without sockets of connections that come and go."""
        return sorted(os.listdir(f"/proc/{self.process.pid}/fd"))

    def children(self) -> List[int]:
        return children_of(self.process.pid)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@contextmanager
def worker(root: Path, python: str = sys.executable) -> Iterator[Worker]:
    one = Worker(root, python)
    try:
        yield one
    finally:
        one.close()


def read_answer(connection: socket.socket) -> Answer:
    """Raises EOFError if the connection ends first."""
    found = {b"1": bytearray(), b"2": bytearray()}
    with connection.makefile("rb") as file:
        while True:
            start = file.read(5)
            if len(start) < 5:
                raise EOFError("the worker ended the connection without an exit code")
            length, kind = struct.unpack(">Ic", start)
            content = file.read(length)
            if kind == b"X":
                return Answer(bytes(found[b"1"]), bytes(found[b"2"]), int(content))
            found[kind] += content


def children_of(pid: int) -> List[int]:
    """Linux: the children of a process, those that ended and are not waited for as well."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def is_closed(connection: socket.socket) -> bool:
    """Whether the other end of a connection closed it and sent nothing."""
    readable, _, _ = select.select([connection], [], [], PATIENCE)
    try:
        return bool(readable) and connection.recv(1) == b""
    except ConnectionError:
        return True


def end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


@contextmanager
def as_another_user(port: int, act: Callable[[socket.socket], None]) -> Iterator[None]:
    """For root: another user connects to a port of the loopback interface, does `act(client)`, and stays until the end."""
    acted, has_acted = os.pipe()
    stays, leave = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(leave)
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            client = socket.create_connection(("127.0.0.1", port))
            act(client)
            os.write(has_acted, b"x")
            os.read(stays, 1)
        finally:
            os._exit(0)
    os.close(has_acted)
    try:
        assert os.read(acted, 1), "the other user could not act"
        yield
    finally:
        for descriptor in (acted, stays, leave):
            os.close(descriptor)
        os.waitpid(pid, 0)
