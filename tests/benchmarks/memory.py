"""The memory of the layer process for a file of 1 GB."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

from benchmarks import layer_process, layers, markdown, marks
from benchmarks.contenders import Series, assert_same_layer, run_rounds
from benchmarks.layer_process import ToolEnvironment
from benchmarks.marks import Mark

SIZE = 10**9
_LIMIT_MIB = 64
# (compression, workers)
_ROWS = (("none", 1), ("gzip", 1), ("gzip", 2), ("zstd", 1))


def measure(program: Path, tools: ToolEnvironment, scratch: Path) -> Dict[str, Series]:
    """One run of each kind with `program` repeated to SIZE bytes. Raises CommandFailed, DigestsDiffer."""
    large = scratch / "large"
    _repeat(program, large)
    rows = [layer_process.ours(layers.row_name(*row), *row, large, tools) for row in _ROWS]
    try:
        series = run_rounds(rows, 1, scratch)
    finally:
        large.unlink()
    assert_same_layer(series[layers.row_name("gzip", workers)] for workers in (1, 2))
    return series


def table(all_series: Dict[str, Series]) -> str:
    rows = [
        (name, series.lacking or f"{series.median('peak'):.1f}", markdown.count(series.layer.size))
        for name, series in all_series.items()
    ]
    return markdown.table(("", "peak of the largest process, MiB", "layer bytes"), rows)


def marks_of(all_series: Dict[str, Series]) -> List[Mark]:
    peak = max(series.median("peak") for series in all_series.values() if series.usages)
    return [marks.at_most("peak memory of the largest process, 1 GB file", peak, _LIMIT_MIB, " MiB")]


def _repeat(program: Path, target: Path) -> None:
    content = program.read_bytes()
    with open(target, "wb") as file:
        while file.tell() < SIZE:
            file.write(content[: SIZE - file.tell()])
    target.chmod(0o755)
