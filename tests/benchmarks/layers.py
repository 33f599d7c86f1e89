"""Part `layers`: from a static program to an image layer, by us and by others, in turns."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from benchmarks import layer_process, markdown, marks, peers
from benchmarks.contenders import Contender, Series, assert_same_layer, faster, run_rounds
from benchmarks.layer_process import ToolEnvironment
from benchmarks.marks import Mark

SHA256 = "SHA-256 of the file, once"
FACTS = "ours, facts: what the program is and needs"
_COMPRESSIONS = ("none", "gzip", "zstd", "gzip:1", "gzip:3", "gzip:6")
# No tool writes the program more often than this, counting what it writes on the way.
_COPIES = 4
_HEADER = ("", "cores", "wall s", "least – greatest", "CPU s", "peak MiB", "layer bytes", "× crane", "bytes of crane's")


@dataclass(frozen=True)
class Comparison:
    """All series of one program, by the contender's name."""

    series: Dict[str, Series]

    def of(self, name: str) -> Optional[Series]:
        found = self.series.get(name)
        return found if found and found.usages else None

    @property
    def crane(self) -> Optional[Series]:
        return self.of(peers.CRANE.name)


def row_name(compression: str, workers: int = 1) -> str:
    """The name of our row: `ours, gzip:4`, where `compression` is as in a BUILD file."""
    return f"ours, {layer_process.level(compression)}{f', {workers} workers' if workers > 1 else ''}"


def compare(program: Path, rounds: int, tools: ToolEnvironment, scratch: Path) -> Comparison:
    """Measures every row with `program`. Raises CommandFailed, DigestsDiffer."""
    copy = scratch / "program"
    shutil.copyfile(program, copy)
    copy.chmod(0o755)
    try:
        memory = _COPIES * program.stat().st_size
        comparison = Comparison(run_rounds(_contenders(copy, tools), rounds, scratch, memory))
    finally:
        os.unlink(copy)
    assert_same_layer(comparison.series[row_name("gzip", workers)] for workers in (1, 2))
    return comparison


def table(comparison: Comparison) -> str:
    return markdown.table(_HEADER, [_row(name, comparison) for name in comparison.series])


def marks_of(comparison: Comparison) -> List[Mark]:
    """What the layers of a program of 150 to 200 MB must hold."""
    of, crane = comparison.of, comparison.crane
    one, two, umoci = of(row_name("gzip")), of(row_name("gzip", 2)), of(peers.UMOCI.name)
    none, zstd, sha256 = of(row_name("none")), of(row_name("zstd")), of(SHA256)
    return [
        marks.at_least("gzip, one core, against crane", faster(one, crane), 2.0, "× as fast"),
        marks.at_most("gzip, layer's size against crane's", _share(one, crane), 90, " %"),
        marks.at_least("gzip, two cores, against umoci", faster(two, umoci), 1.0, "× as fast"),
        marks.at_most("gzip, layer's size against umoci's", _share(two, umoci), 100, " %"),
        marks.at_least("gzip, two cores, against crane (rules_img's layer tool: 4.2)", faster(two, crane), 4.2, "× as fast"),
        marks.at_least("zstd, one core, against crane", faster(zstd, crane), 2.7, "× as fast"),
        marks.at_least("none, one core, against crane", faster(none, crane), 10, "× as fast"),
        marks.at_most("none, against one SHA-256 pass", faster(sha256, none), 2.2, "× its time"),
    ]


def _contenders(program: Path, tools: ToolEnvironment) -> Tuple[Contender, ...]:
    names = {row_name(compression): compression for compression in _COMPRESSIONS}
    ours = [layer_process.ours(name, compression, 1, program, tools) for name, compression in names.items()]
    return (
        layer_process.sha256_pass(SHA256, program, tools.interpreter),
        layer_process.facts(FACTS, program, tools),
        *ours,
        layer_process.ours(row_name("gzip", 2), "gzip", 2, program, tools),
        *(peers.contender(peer, program) for peer in peers.ALL),
    )


def _row(name: str, comparison: Comparison) -> Tuple[str, ...]:
    series = comparison.series[name]
    cores = str(series.contender.cores)
    if series.lacking:
        return (name, cores, series.lacking, *[markdown.NOTHING] * (len(_HEADER) - 3))
    share = _share(series, comparison.crane)
    return (
        name,
        cores,
        markdown.seconds(series.median("wall")),
        markdown.spread([usage.wall for usage in series.usages]),
        markdown.seconds(series.median("cpu")),
        f"{series.median('peak'):.0f}",
        markdown.count(series.layer.size),
        markdown.times(faster(series, comparison.crane)),
        markdown.NOTHING if share is None else f"{share:.1f} %",
    )


def _share(series: Optional[Series], other: Optional[Series]) -> Optional[float]:
    """The layer's bytes in per cent of the other's."""
    if not series or not other or series.layer.size is None or other.layer.size is None:
        return None
    return 100 * series.layer.size / other.layer.size
