"""A repository to run Pants in, with a store, caches and a daemon of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterator, List, Mapping

from benchmarks import folders
from benchmarks.errors import CannotMeasure

_PATIENCE = 20
_TEXT_OF_FAILURE = 2000


@dataclass(frozen=True)
class Run:
    """One run of Pants: its wall time in seconds, and its log."""

    wall: float
    log: str


@dataclass(frozen=True)
class Checkout:
    """`root` is the repository; `environment` is that of every run of Pants in it."""

    root: Path
    environment: Mapping[str, str]

    def pants(self, *args: str) -> Run:
        """Runs `./pants args…`. Raises CannotMeasure."""
        print(f"./pants {' '.join(args)}", file=sys.stderr, flush=True)
        start = time.perf_counter()
        done = subprocess.run(
            ("./pants", *args),
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        wall = time.perf_counter() - start
        if done.returncode:
            raise CannotMeasure(
                f"./pants {' '.join(args)}: exit status {done.returncode}: {done.stdout[-_TEXT_OF_FAILURE:]}"
            )
        return Run(wall, done.stdout)

    def logging_processes(self) -> Checkout:
        """The same, with a log that names every process started. Not by `-ldebug`: a running daemon keeps its level."""
        return replace(self, environment={**self.environment, "PANTS_LEVEL": "debug"})

    def daemon_memory(self) -> float:
        """What the daemon has of the machine's memory now (its resident set), in MiB. Raises CannotMeasure."""
        status = (self._daemon() / "status").read_text()
        return int(re.findall(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[0]) / 1024

    def installation(self) -> Path:
        """Where the launcher installed the Pants of the daemon: a virtual environment. Raises CannotMeasure."""
        # The daemon gives itself another title, which overwrites its environment in /proc.
        engine = re.findall(r"(/\S+)/lib/python[^/]+/site-packages/pants/", (self._daemon() / "maps").read_text())
        return Path(engine[0])

    def _daemon(self) -> Path:
        for pid in _recorded(Path(self.environment["PANTS_SUBPROCESSDIR"])):
            if _works_in(pid, self.root):
                return Path(f"/proc/{pid}")
        raise CannotMeasure(f"no daemon of Pants runs in {self.root}")

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def write(self, path: str, content: str) -> None:
        (self.root / path).write_text(content)


@contextlib.contextmanager
def clone(repository: Path, scratch: Path) -> Iterator[Checkout]:
    """Clones what is committed; at the end stops the daemon and removes everything."""
    root = scratch / "clone"
    subprocess.run(("git", "clone", "--quiet", str(repository), str(root)), check=True)
    try:
        with opened(root, scratch) as checkout:
            yield checkout
    finally:
        for name in ("store", "caches"):
            folders.remove(scratch / name)


@contextlib.contextmanager
def opened(root: Path, scratch: Path) -> Iterator[Checkout]:
    """The repository in `root`, with the store and the caches that are in `scratch`, and a daemon of its own; at the end
    stops the daemon and removes the repository.

    The launcher's installation of Pants is the user's, made first if there is none: only what Pants makes is new.
    """
    # Pants keeps one daemon per directory of daemons: a second repository would end that of the first.
    daemons = scratch / f"daemons-{root.name}"
    environment = {
        **os.environ,
        "PANTS_LOCAL_STORE_DIR": str(scratch / "store"),
        "PANTS_NAMED_CACHES_DIR": str(scratch / "caches"),
        "PANTS_SUBPROCESSDIR": str(daemons),
        # Neither the machine's nor the user's settings of Pants.
        "PANTS_PANTSRC": "false",
    }
    checkout = Checkout(root, environment)
    try:
        checkout.pants("--no-pantsd", "--version")
        yield checkout
    finally:
        _stop_daemons(daemons, root)
        for folder in (root, daemons):
            folders.remove(folder)


def _stop_daemons(daemons: Path, root: Path) -> None:
    """Ends the processes that Pants wrote down, after a look that they still are this clone's."""
    for pid in _recorded(daemons):
        for number in (signal.SIGTERM, signal.SIGKILL):
            if _works_in(pid, root):
                os.kill(pid, number)
            deadline = time.monotonic() + _PATIENCE
            while _works_in(pid, root) and time.monotonic() < deadline:
                time.sleep(0.1)


def _recorded(daemons: Path) -> List[int]:
    return [int(file.read_text()) for file in daemons.glob("*/pantsd/pid")]


def _works_in(pid: int, root: Path) -> bool:
    try:
        return os.readlink(f"/proc/{pid}/cwd") == str(root)
    except OSError:
        return False
