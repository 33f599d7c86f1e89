#!/usr/bin/env python3
"""Sends many requests of all kinds to one worker, with faults in between: `tests/support/soak.py --requests N [--seed S]`.

Every answer must be right, and at the end the worker must have the memory, descriptors and children that it had at the
start. The same seed sends the same. Linux only.
"""

from __future__ import annotations

import argparse
import random
import socket
import struct
import sys
import tempfile
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Tuple

if __name__ == "__main__":
    repository = Path(__file__).resolve().parents[2]
    sys.path[0:1] = [str(repository), str(repository / "pants-plugins")]

from scratch_image.assembler.archive_plan import ArchivePlan
from scratch_image.assembler.plan import LayerPlan
from scratch_image.engine.tool import SOURCES, Tool
from scratch_image.oci.compression import Compression
from scratch_image.oci.tar import FileEntry
from tests.support import pants_side
from tests.support.pants_side import Answer, Worker
from tests.support.programs import elf
from tests.support.waiting import wait_until

# Requests before memory counts: all trees are imported, and the allocator has what it needs.
_WARM = 100
_GROWTH = 1.1
_MODULES = {
    "facts": ("binary.__main__", ("binary",)),
    "layer": ("assembler.__main__", ("plan.json", "1")),
    "archive": ("assembler.archive_main", ("archive.json", "image.tar")),
    "nothing": ("assembler.__main__", ("missing.json", "1")),
}
_TREES = {"nothing": "layer"}


class Soak(NamedTuple):
    """`memory`: kB of private memory after the first requests and at the end."""

    requests: int
    memory: Tuple[int, int]
    problems: List[str]


def run(worker: Worker, requests: int, seed: int) -> Soak:
    """Sends so many requests; `problems` are sentences."""
    chance, problems = random.Random(seed), []
    trees = _prepare(worker)
    wanted: Dict[str, Answer] = {}
    before, descriptors = 0, worker.descriptors()
    for number in range(requests):
        if number == min(_WARM, requests // 2):
            before = private_memory(worker.process.pid)
        if chance.random() < 0.2:
            chance.choice(_FAULTS)(worker, chance)
        name = chance.choice(list(_MODULES))
        _use(worker, trees[_TREES.get(name, name)])
        module, arguments = _MODULES[name]
        answer = worker.ask(module, *arguments)
        if answer != wanted.setdefault(name, answer):
            problems.append(f"request {number}, {name}: {answer}, not {wanted[name]}")
    wait_until(lambda: worker.descriptors() == descriptors, "connections stay open")
    after = private_memory(worker.process.pid)
    if worker.children():
        problems.append(f"children are left: {worker.children()}")
    if after > before * _GROWTH:
        problems.append(f"the worker's private memory grew from {before} to {after} kB")
    for name, answer in wanted.items():
        _use(worker, trees[_TREES.get(name, name)])
        module, arguments = _MODULES[name]
        alone = worker.alone(module, *arguments)
        if (alone.code, alone.stdout) != (answer.code, answer.stdout):
            problems.append(f"{name}: {answer}; a process of its own: {alone}")
    return Soak(requests, (before, after), problems)


def private_memory(pid: int) -> int:
    """kB of memory that no other process shares."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_"))


def _prepare(worker: Worker) -> Dict[str, str]:
    """Writes the inputs. Gives the tree of sources of each kind of process."""
    (worker.directory / "binary").write_bytes(elf())
    (worker.directory / "content").write_bytes(b"hello")
    plan = LayerPlan((FileEntry("app", "content", 5, 0o755),), Compression.parse("none"))
    (worker.directory / "plan.json").write_bytes(plan.to_json())
    (worker.directory / "archive.json").write_bytes(ArchivePlan((("content", 5),)).to_json())
    trees = {}
    for name, (module, _) in _MODULES.items():
        worker.add_tree(SOURCES, Tool(f"scratch_image.{module}"))
        trees[name] = str((worker.directory / SOURCES).resolve())
    return trees


def _use(worker: Worker, tree: str) -> None:
    link = worker.directory / SOURCES
    link.unlink()
    link.symlink_to(tree)


def _send_rubbish(worker: Worker, chance: random.Random) -> None:
    with worker.connect() as connection:
        connection.sendall(bytes(chance.randrange(256) for _ in range(chance.randrange(1, 200))))


def _send_half(worker: Worker, chance: random.Random) -> None:
    request = worker.request("binary.__main__", ("binary",))
    with worker.connect() as connection:
        connection.sendall(request[: chance.randrange(len(request))])


def _leave(worker: Worker, chance: random.Random) -> None:
    with worker.connect() as connection:
        connection.sendall(worker.request("binary.__main__", ("binary",)))


def _reset(worker: Worker, chance: random.Random) -> None:
    with worker.connect() as connection:
        connection.sendall(worker.request("binary.__main__", ("binary",)))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _ask_what_is_not_there(worker: Worker, chance: random.Random) -> None:
    worker.ask("no.such.module")


_FAULTS: Tuple[Callable[[Worker, random.Random], None], ...] = (
    _send_rubbish,
    _send_half,
    _leave,
    _reset,
    _ask_what_is_not_there,
)


def main(args: List[str]) -> int:
    """The command. Exit status 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(args)
    with tempfile.TemporaryDirectory() as directory, pants_side.worker(Path(directory)) as worker:
        soak = run(worker, options.requests, options.seed)
    before, after = soak.memory
    print(f"{soak.requests} requests; private memory {before} kB, at the end {after} kB")
    for problem in soak.problems:
        print(problem)
    return 1 if soak.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
