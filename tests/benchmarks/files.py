"""Part `files`: a layer of many small files, and of files of 2 GB."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Callable, Dict, List

from benchmarks import layer_process, layers, markdown, marks
from benchmarks.contenders import Contender, Layer, Series, faster, run_rounds
from benchmarks.layer_process import ToolEnvironment
from benchmarks.marks import Mark
from scratch_image.oci import tar

COUNT = 10_000
LARGE_COUNT, LARGE_SIZE = 2_000, 10**6
_LIMIT_MIB = 64
_SAME = "tar, and our compressor behind it"
_GZIP = "tar, gzip -3"
_LARGE = "ours, files of 2 GB"
# What comes from tar, in the pieces and by the function of the layer process.
_COMPRESS = """
import sys
sys.path[:0] = sys.argv[1:]
from scratch_image.assembler.compressors import MEMBER, compress
from scratch_image.oci.compression import Compression
def pieces():
    buffer = memoryview(bytearray(MEMBER))
    while True:
        used = 0
        while used < MEMBER and (count := sys.stdin.buffer.raw.readinto(buffer[used:])):
            used += count
        if not used:
            return
        yield buffer[:used]
with open("layer.tar.gz", "wb") as file:
    file.writelines(compress(pieces(), 0, Compression.parse("gzip"), 1))
"""


def measure(program: Path, rounds: int, tools: ToolEnvironment, scratch: Path) -> Dict[str, Series]:
    """Raises CommandFailed, DigestsDiffer."""
    many = scratch / "many"
    small = _write_small(many)
    piece = scratch / "piece"
    piece.write_bytes(program.read_bytes()[:LARGE_SIZE].ljust(LARGE_SIZE, b"x"))
    large = [tar.FileEntry(f"srv/{number:04}", "content", LARGE_SIZE, 0o644) for number in range(LARGE_COUNT)]
    ours = [
        layer_process.ours_of(layers.row_name(name), name, small, _linked(many), tools) for name in ("none", "gzip", "zstd")
    ]
    rows = (*ours, _same(many, tools), _gzip(many))
    series = run_rounds(rows, rounds, scratch)
    series.update(run_rounds([layer_process.ours_of(_LARGE, "gzip", large, _linked(piece), tools)], 1, scratch))
    return series


def table(all_series: Dict[str, Series]) -> str:
    same = all_series[_SAME]
    rows = []
    for name, series in all_series.items():
        share = "" if name == _LARGE else markdown.times(faster(same, series))
        cells = (markdown.seconds(series.median("wall")), f"{series.median('peak'):.1f}", markdown.count(series.layer.size))
        rows.append((name, *cells, share))
    return markdown.table(("", "wall s", "peak MiB", "layer bytes", "time of tar and our compressor"), rows)


def marks_of(all_series: Dict[str, Series]) -> List[Mark]:
    gzip, same, large = all_series[layers.row_name("gzip")], all_series[_SAME], all_series[_LARGE]
    small = max(all_series[layers.row_name(name)].median("peak") for name in ("none", "gzip", "zstd"))
    return [
        marks.at_most("10,000 files, against tar and the same compressor", faster(same, gzip), 2, "× its time"),
        marks.at_most("10,000 files, peak memory", small, _LIMIT_MIB, " MiB"),
        marks.at_most("2 GB in 2,000 files, peak memory", large.median("peak"), _LIMIT_MIB, " MiB"),
    ]


def _write_small(directory: Path) -> List[tar.FileEntry]:
    """Files of 1 to 4096 bytes of text, a hundred to a directory."""
    entries = []
    for number in range(COUNT):
        path = directory / f"{number // 100:03}" / f"{number:05}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = (hashlib.shake_128(b"%d" % number).hexdigest(64).encode() * 40)[: number * 37 % 4096 + 1]
        path.write_bytes(content)
        name = path.relative_to(directory).as_posix()
        entries.append(tar.FileEntry(f"srv/{name}", f"content/{name}", len(content), 0o644))
    return entries


def _linked(source: Path) -> Callable[[Path], None]:
    return lambda directory: os.symlink(source, directory / "content")


def _same(many: Path, tools: ToolEnvironment) -> Contender:
    wheels = " ".join(str(path) for path in sorted(tools.libraries.iterdir()))
    script = f'tar -cf - -C content . | {tools.interpreter.path} -ISB -c "$COMPRESS" {tools.sources} {wheels}'
    return _shell(_SAME, script, {"COMPRESS": _COMPRESS}, many)


def _gzip(many: Path) -> Contender:
    return _shell(_GZIP, "tar -cf - -C content . | gzip -3 -n > layer.tar.gz", {}, many)


def _shell(name: str, script: str, environment: Dict[str, str], many: Path) -> Contender:
    def layer(directory: Path, stdout: bytes) -> Layer:
        return Layer((directory / "layer.tar.gz").stat().st_size)

    path = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", **environment}
    return Contender(name, 1, ("/bin/sh", "-euc", script), path, _linked(many), layer)
