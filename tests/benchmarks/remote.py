"""Part `remote`: cold machines, alone, with a cache that another machine has filled, and with all work done by a worker."""

from __future__ import annotations

import contextlib
import os
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List

from support import process_log
from support.buildgrid import BuildGrid

from benchmarks import folders, markdown
from benchmarks.checkout import Checkout, clone
from benchmarks.errors import CannotMeasure

_BUILD = """\
file(name="bin", source="program")
scratch_image(name="image", binary=":bin", runtime_files=["ca-certificates", "tzdata"])
"""
_IMAGE = "src/large:image"
_ALONE, _FILLS = "alone", "with an empty cache, which it fills"
_CACHED = {f"with a full cache, `{behavior}`": behavior for behavior in ("fetch", "validate", "defer")}
_REMOTE, _REMOTE_AGAIN = "remote execution, nothing known", "remote execution, all known"

_NOTE = """
Every row is a machine on which nothing was made: an empty store and empty caches, and Pants installed. Server and worker
are on the same host and share its cores: a network would make the rows that read more slower, and a worker of its own the
last ones faster. Pants logs every process for the counts, which costs all rows alike. Bytes are those of the blobs that
the machine has read.
"""


@dataclass(frozen=True)
class Row:
    """`wall`: seconds; `read`: bytes that were read from the server; `started` and `taken`: our processes that were started
    on this machine, and that the server's cache had; `remote`: all processes that a worker ran, or had run before."""

    wall: float
    read: int
    started: int
    taken: int
    remote: int


def measure(program: Path, repository: Path, rounds: int, scratch: Path) -> Dict[str, List[Row]]:
    """Raises CannotMeasure."""
    installation = os.environ.get("SCRATCH_IMAGE_BUILDGRID")
    if not installation:
        raise CannotMeasure("SCRATCH_IMAGE_BUILDGRID does not name a directory made by .ci/buildgrid")
    rows: Dict[str, List[Row]] = {}
    for number in range(rounds):
        place = scratch / f"remote{number}"
        with BuildGrid(Path(installation), place / "cache") as cache:
            options = ["--remote-cache-read", "--remote-cache-write", f"--remote-store-address={cache.address}"]
            rows.setdefault(_ALONE, []).append(_row(program, repository, place, cache, []))
            rows.setdefault(_FILLS, []).append(_row(program, repository, place, cache, options))
            for name, behavior in _CACHED.items():
                arguments = [*options, f"--cache-content-behavior={behavior}"]
                rows.setdefault(name, []).append(_row(program, repository, place, cache, arguments))
        with BuildGrid(Path(installation), place / "execution") as server:
            server.start_worker()
            options = [f"--remote-store-address={server.address}", f"--remote-execution-address={server.address}"]
            for name in (_REMOTE, _REMOTE_AGAIN):
                arguments = ["--remote-execution", *options]
                rows.setdefault(name, []).append(_row(program, repository, place, server, arguments))
        folders.remove(place)
    return rows


def table(rows: Dict[str, List[Row]]) -> str:
    header = ("", "s", "least – greatest", "bytes read", "ours started here", "ours from the cache", "all, run remotely")
    lines = []
    for name, found in rows.items():
        walls, last = [row.wall for row in found], found[-1]
        counts = map(markdown.count, (last.read, last.started, last.taken, last.remote))
        lines.append((name, markdown.seconds(statistics.median(walls)), markdown.spread(walls), *counts))
    return markdown.table(header, lines) + _NOTE


def _row(program: Path, repository: Path, place: Path, server: BuildGrid, arguments: List[str]) -> Row:
    with _machine(program, repository, place / "machine") as machine:
        before = server.mark()
        run = machine.pants("--no-pantsd", "--stats-log", *arguments, "package", _IMAGE)
    return Row(
        run.wall,
        sum(server.read(before).values()),
        sum(process_log.started(run.log).values()),
        sum(process_log.cached(run.log, "hit").values()),
        process_log.counter(run.log, "remote_execution_success"),
    )


@contextlib.contextmanager
def _machine(program: Path, repository: Path, place: Path) -> Iterator[Checkout]:
    place.mkdir(parents=True)
    with clone(repository, place) as checkout:
        (checkout.root / "src/large").mkdir()
        checkout.write("src/large/BUILD", _BUILD)
        (checkout.root / "src/large/program").write_bytes(program.read_bytes())
        yield checkout.logging_processes()
    folders.remove(place)
