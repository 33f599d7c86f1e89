"""What a run of Pants at the log level `debug` says of processes: which it started, and which a remote cache had."""

from __future__ import annotations

import re
from collections import Counter
from typing import Iterable, List

# A process of its own, or one in a worker.
_STARTED = re.compile(
    r"(?:spawned local process as .* for|Running request under nailgun:\n) "
    r"(Process \{ argv: \[.*?\], env: .* description: \"(.*?)\", level: .*)"
)
_ASKED = re.compile(r"remote cache (hit|miss) for: \"(.*?)\" digest=")
_COUNTER = re.compile(r"^  (\w+): (\d+)$", re.MULTILINE)
# How the descriptions of our processes begin: those with a result, which every machine with the same inputs shares.
OURS = (
    "Inspect a program for an image",
    "Install the libraries of scratch_image.",
    "Join CA certificates",
    "Test the structure of ",
    "Write an image archive",
    "Write an image layer",
)


def started(log: str) -> Counter[str]:
    """Description → how many of our processes were started on this machine, in workers or not."""
    return _ours(all_started(log))


def in_workers(log: str) -> int:
    """How many of the processes that were started on this machine ran in workers."""
    return log.count("Running request under nailgun:")


def processes(log: str, description: str) -> List[str]:
    """The processes with a description that were started on this machine: each as the engine shows it, with argv,
    environment and the digests of its inputs."""
    return [process for process, found in _STARTED.findall(log) if found == description]


def all_started(log: str) -> List[str]:
    """The descriptions of all processes that were started on this machine."""
    return [description for _, description in _STARTED.findall(log)]


def cached(log: str, answer: str) -> Counter[str]:
    """Description → for how many of our processes the remote cache's answer was `hit` or `miss`."""
    return _ours(description for found, description in _ASKED.findall(log) if found == answer)


def counter(log: str, name: str) -> int:
    """One of the counters that `--stats-log` prints."""
    return int(dict(_COUNTER.findall(log))[name])


def _ours(descriptions: Iterable[str]) -> Counter[str]:
    return Counter(description for description in descriptions if description.startswith(OURS))
