"""Part `scale`: a monorepo of 10, 100 and 1,000 services, and beside it what Pants itself costs for as many packages."""

from __future__ import annotations

import contextlib
import re
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, Sequence

from benchmarks import monorepo, pants_loop
from benchmarks.checkout import Checkout, Run, opened
from benchmarks.errors import CannotMeasure

COLD = "all new"
NO_OP = "nothing changed"
REPORT = "nothing changed; ours writes reports alone"
WRITING = "nothing changed; do nothing writes as many files as ours"
NO_DAEMON = "nothing changed, without the daemon"
BINARY = "one binary changed"
LABEL = "one label changed"
OPTION = "an option changed, for all"
CHANGED_SINCE = "`--changed-since=HEAD~1`, one image"
_ALL = f"{monorepo.SERVICES}::"
_SINCE = ("--changed-since=HEAD~1", "--changed-dependents=transitive")
# Those that take long are measured less often.
_MOST_ROUNDS, _MOST_SERVICES = 3, 300


@dataclass
class Side:
    """One of the two repositories of a size: `waits` in seconds per step, one per round; `started`, processes of ours per
    step; `memory` of the daemon in MiB after a step."""

    of_nothing: bool
    waits: Dict[str, List[float]] = field(default_factory=dict)
    started: Dict[str, int] = field(default_factory=dict)
    memory: Dict[str, float] = field(default_factory=dict)

    def add(self, step: str, run: Run) -> None:
        self.waits.setdefault(step, []).append(run.wall)

    def median(self, step: str) -> float:
        return statistics.median(self.waits[step])


@dataclass
class Size:
    """What was measured with so many services, which have `programs`: one per platform."""

    services: int
    ours: Side = field(default_factory=lambda: Side(False))
    nothing: Side = field(default_factory=lambda: Side(True))

    @property
    def programs(self) -> int:
        return monorepo.programs_of(self.services)

    @property
    def cold_per_program(self) -> float:
        """Seconds for one new image, of one platform, with Pants' own work for it."""
        return self.ours.median(COLD) / self.programs

    @property
    def ours_per_program(self) -> float:
        """The same without what the do-nothing packages take."""
        return (self.ours.median(COLD) - self.nothing.median(COLD)) / self.programs

    def ratio(self, step: str) -> float:
        """Times the do-nothing packages' time: the median of the rounds' ratios."""
        return statistics.median(a / b for a, b in zip(self.ours.waits[step], self.nothing.waits[step]))

    def more(self, step: str, than: str) -> float:
        """Seconds that a step of ours takes longer than another: the median of the rounds' differences."""
        return statistics.median(a - b for a, b in zip(self.ours.waits[step], self.ours.waits[than]))


def measure(repository: Path, sizes: Sequence[int], rounds: int, scratch: Path) -> List[Size]:
    """Raises CannotMeasure."""
    return [_measure_size(Size(services), repository, rounds, scratch) for services in sizes]


def _measure_size(size: Size, repository: Path, rounds: int, scratch: Path) -> Size:
    often = max(1, min(rounds, _MOST_ROUNDS, _MOST_SERVICES // size.services))
    for number in range(often):
        seed = f"{size.services} {number}"
        with contextlib.ExitStack() as stack:
            ours, nothing = (
                stack.enter_context(_opened(side, size, repository, seed, scratch)) for side in (size.ours, size.nothing)
            )
            for turn in (ours, nothing):
                turn.cold()
            if number == often - 1:
                _loop((ours, nothing), rounds, often)
                size.ours.started.update(_started(ours))
    return size


@contextlib.contextmanager
def _opened(side: Side, size: Size, repository: Path, seed: str, scratch: Path) -> Iterator[_Turn]:
    root = scratch / f"{'nothing' if side.of_nothing else 'images'}-{size.services}"
    monorepo.create(repository, root, size.services, seed, side.of_nothing)
    with opened(root, scratch) as checkout:
        yield _Turn(side, checkout, monorepo.Service(monorepo.CHANGED, seed))


def _loop(turns: Sequence[_Turn], rounds: int, without_daemon: int) -> None:
    for number in range(rounds):
        for step in (NO_OP, CHANGED_SINCE, BINARY, LABEL, OPTION):
            for turn in turns:
                turn.side.add(step, turn.run(step, number))
                turn.side.memory[step] = turn.checkout.daemon_memory()
        for turn in turns:
            # The option is as it was.
            turn.checkout.pants("package", _ALL)
    _measure_reports(turns, rounds)
    _measure_writing(turns, rounds)
    for _ in range(without_daemon):
        for turn in turns:
            turn.side.add(NO_DAEMON, turn.checkout.pants("--no-pantsd", "package", _ALL))


def _measure_reports(turns: Sequence[_Turn], rounds: int) -> None:
    """With `write = ["report"]`, as many files as the do-nothing packages have."""
    ours, nothing = turns
    flag = "--scratch-image-write=['report']"
    ours.checkout.pants(flag, "package", _ALL)
    left = [path.name for path in (ours.checkout.root / "dist" / ours.service.dist / "image").iterdir()]
    if left != ["image.json"]:
        raise CannotMeasure(f"reports alone: the package of {ours.service.name} has {', '.join(left)}")
    for _ in range(rounds):
        ours.side.add(REPORT, ours.checkout.pants(flag, "package", _ALL))
        nothing.side.add(REPORT, nothing.checkout.pants("package", _ALL))


def _measure_writing(turns: Sequence[_Turn], rounds: int) -> None:
    """Pants writes all packages to dist/ anew in each run: how much of a no-op is that?"""
    ours, nothing = turns
    ours.checkout.pants("package", _ALL)
    package = ours.checkout.root / "dist" / ours.service.dist
    sizes = sorted(path.stat().st_size for path in package.rglob("*") if path.is_file())[1:]
    flag = f"--do-nothing-sizes={sizes}"
    nothing.checkout.pants(flag, "package", _ALL)
    for _ in range(rounds):
        ours.side.add(WRITING, ours.checkout.pants("package", _ALL))
        nothing.side.add(WRITING, nothing.checkout.pants(flag, "package", _ALL))


def _started(ours: _Turn) -> Dict[str, int]:
    """Processes of ours per step, in runs of their own: the log costs time. The changed binary, which must run both of ours,
    shows that the counting sees them."""
    logging = _Turn(ours.side, ours.checkout.logging_processes(), ours.service)
    logging.checkout.pants("package", _ALL)
    # Another round than any before.
    started = {step: pants_loop.started(logging.run(step, -1)) for step in (NO_OP, BINARY, LABEL, OPTION)}
    if not started[BINARY]:
        raise CannotMeasure("the log of Pants names no process of ours for a changed binary")
    return started


@dataclass(frozen=True)
class _Turn:
    """A side and where it runs; `service` is the one that changes."""

    side: Side
    checkout: Checkout
    service: monorepo.Service

    def cold(self) -> None:
        """The first image brings up the daemon, and what Pants does once for all images: only then time counts."""
        self.checkout.pants("package", f"{monorepo.FIRST.above}::")
        self.side.add(COLD, self.checkout.pants("package", _ALL))
        self.side.memory[COLD] = self.checkout.daemon_memory()

    def run(self, step: str, number: int) -> Run:
        """`number` makes another change in each round."""
        before = self._written()
        args = [*_SINCE, "package"] if step == CHANGED_SINCE else ["package", _ALL]
        if step == OPTION:
            args.insert(0, f"--{'do-nothing' if self.side.of_nothing else 'scratch-image'}-user={1001 + number}:1000")
        if step == BINARY:
            program = self.checkout.root / self.service.program_path()
            program.write_bytes(self.service.program(version=f"edit {number}"))
        if step == LABEL:
            self._change_label(f"1.{number + 1}")
        run = self.checkout.pants(*args)
        changes = step in (LABEL, OPTION) or (step == BINARY and not self.side.of_nothing)
        if changes == (self._written() == before):
            raise CannotMeasure(f"{step}: the package of {self.service.name} is {'the same' if changes else 'another'}")
        return run

    def _change_label(self, value: str) -> None:
        path = f"{self.service.directory}/BUILD"
        changed, count = re.subn(r'(?<=image\.version": ")[^"]*', value, self.checkout.read(path))
        if count != 1:
            raise CannotMeasure(f"{path} has {count} labels to change, not 1")
        self.checkout.write(path, changed)

    def _written(self) -> str:
        name = "image.txt" if self.side.of_nothing else "image/oci/index.json"
        return self.checkout.read(f"dist/{self.service.dist}/{name}")
