"""What a command takes of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import List, Mapping, Sequence, Tuple

from benchmarks.errors import CommandFailed

_WRAPPER = Path(__file__).with_name("timed.py")
_TEXT_OF_FAILURE = 400


@dataclass(frozen=True)
class Usage:
    """`wall` and `cpu` (user and system, with all children) in seconds; `peak` of the largest process in MiB."""

    wall: float
    cpu: float
    peak: float


def measured(argv: Sequence[str], directory: Path, environment: Mapping[str, str], cores: int) -> Tuple[Usage, bytes]:
    """Runs `argv` (argv[0] with its whole path) in `directory` on so many cores; gives its usage and its stdout.

    Raises CommandFailed.
    """
    result = directory.with_name(f"{directory.name}.usage")
    wrapper = (sys.executable, "-IS", str(_WRAPPER), str(result), ",".join(map(str, usable_cores()[:cores])))
    done = subprocess.run((*wrapper, *argv), cwd=directory, env=environment, capture_output=True)
    if done.returncode:
        raise CommandFailed(_end_of(done.stderr))
    status, wall, cpu, peak = result.read_text().split()
    result.unlink()
    if status != "0":
        raise CommandFailed(f"exit status {status}: {_end_of(done.stderr or done.stdout)}")
    return Usage(float(wall), float(cpu), float(peak) / 1024), done.stdout


def smallest_peak(directory: Path) -> float:
    """The peak, in MiB, below which `measured` cannot see: that of a command which does nothing."""
    return measured(("/bin/sh", "-c", ":"), directory, {}, 1)[0].peak


def usable_cores() -> List[int]:
    """The cores that this process may use, by number."""
    return sorted(os.sched_getaffinity(0))


def _end_of(said: bytes) -> str:
    return said.decode(errors="replace").strip()[-_TEXT_OF_FAILURE:]
