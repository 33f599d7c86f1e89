"""Commands that do the same work, measured in turns."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from benchmarks import folders
from benchmarks.errors import CommandFailed, DigestsDiffer
from benchmarks.measure import Usage, measured, usable_cores


@dataclass(frozen=True)
class Layer:
    """What a run wrote: the layer's size in bytes and its digest, where there is one to tell."""

    size: Optional[int] = None
    digest: Optional[str] = None


@dataclass(frozen=True)
class Contender:
    """One row. `prepare` fills an empty directory, `argv` runs there, `layer` reads what it left there and on stdout.

    `lacking` says why it cannot run here; a contender that is not `ours` may also fail, which then is the reason.
    """

    name: str
    cores: int
    argv: Tuple[str, ...]
    environment: Mapping[str, str]
    prepare: Callable[[Path], None]
    layer: Callable[[Path, bytes], Layer]
    ours: bool = False
    lacking: str = ""


@dataclass
class Series:
    """The runs of a contender, one per round; none where `lacking` says why."""

    contender: Contender
    lacking: str = ""
    usages: List[Usage] = field(default_factory=list)
    layer: Layer = Layer()

    def median(self, what: str) -> float:
        """The median of `wall`, `cpu` or `peak`."""
        return float(statistics.median(getattr(usage, what) for usage in self.usages))


def run_rounds(contenders: Sequence[Contender], rounds: int, scratch: Path, memory: int = 0) -> Dict[str, Series]:
    """Runs every contender once per round, in turns, each in a new directory below `scratch`. Keys are names.

    `memory` is how many bytes of it each finds at hand (see `folders.fill_and_free`). Raises CommandFailed and
    DigestsDiffer for ours.
    """
    all_series = {contender.name: Series(contender, _lacking(contender)) for contender in contenders}
    for number in range(1, rounds + 1):
        for name, series in all_series.items():
            if not series.lacking:
                print(f"round {number} of {rounds}: {name}", file=sys.stderr, flush=True)
                folders.fill_and_free(scratch / "memory", memory)
                _run_once(series, scratch / "turn")
    return all_series


def faster(series: Optional[Series], than: Optional[Series]) -> Optional[float]:
    """How many times faster in wall time: the median of the rounds' ratios. None where one of the two did not run."""
    if not series or not than or not series.usages or not than.usages:
        return None
    return statistics.median(b.wall / a.wall for a, b in zip(series.usages, than.usages))


def assert_same_layer(all_series: Iterable[Series]) -> None:
    """Raises DigestsDiffer unless all that ran wrote one layer."""
    digests = {series.layer.digest: series.contender.name for series in all_series if series.usages}
    if len(digests) > 1:
        raise DigestsDiffer(", ".join(f"{name} wrote {digest}" for digest, name in digests.items()))


def _run_once(series: Series, directory: Path) -> None:
    contender = series.contender
    directory.mkdir()
    try:
        contender.prepare(directory)
        usage, stdout = measured(contender.argv, directory, contender.environment, contender.cores)
        layer = contender.layer(directory, stdout)
    except CommandFailed as error:
        if contender.ours:
            raise
        # For a table's cell: one line, without the place on this machine.
        said = " ".join(str(error).replace(str(directory), "…").split())
        series.lacking, series.usages = f"failed: {said}", []
        return
    finally:
        folders.remove(directory)
    if contender.ours and series.usages and layer.digest != series.layer.digest:
        raise DigestsDiffer(f"{contender.name} wrote {series.layer.digest}, then {layer.digest}")
    series.usages.append(usage)
    series.layer = layer


def _lacking(contender: Contender) -> str:
    if contender.cores > len(usable_cores()):
        return f"needs {contender.cores} cores"
    return contender.lacking
