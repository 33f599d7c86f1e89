"""Part `run`: an image of 12 MB and 300 files, started and unpacked, by us and by runc and umoci, in turns."""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import shutil
import statistics
import subprocess
from pathlib import Path
from typing import Dict, List, Optional

from benchmarks import markdown, marks
from benchmarks.contenders import Contender, Layer, Series, faster, run_rounds
from benchmarks.layer_process import ToolEnvironment
from benchmarks.marks import Mark
from scratch_image.assembler.assemble import write_layer
from scratch_image.assembler.plan import LayerPlan
from scratch_image.oci.compression import Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import ImageLayer, build_image
from scratch_image.oci.layout import layout_files
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor, RunConfig
from scratch_image.oci.tar import FileEntry

FILES, BYTES, STARTS = 300, 40_000, 20
_OURS, _OURS_NONE, _RUNC = f"ours, {STARTS} starts of a read image", "ours, an image that is read", f"{STARTS} × runc run"
_COMMAND, _UMOCI, _BOTH = "scratch-image run", "umoci unpack", "umoci unpack, runc run"
# The smallest program for x86-64: it writes "hello" and exits with 0.
_PROGRAM = base64.b64decode(
    "f0VMRgIBAQAAAAAAAAAAAAIAPgABAAAAeABAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAEAAOAABAAAAAAAAAAEAAAAFAAAAAAAAAAAAAAAAAEAA"
    "AAAAAAAAQAAAAAAAogAAAAAAAACiAAAAAAAAAAAQAAAAAAAAuAEAAAC/AQAAAEi+nABAAAAAAAC6BgAAAA8FMf+4PAAAAA8FaGVsbG8K"
)
_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
# As tests start an image: its layers are read, verified and decompressed once; each start writes the files, and waits.
_STARTS = """
import os, sys
from scratch_image.oci.platform import Platform
from scratch_image.run.command import Settings
from scratch_image.run.container import Start
from scratch_image.run.image import read_image
from scratch_image.run.rungs import choose

image = read_image(sys.argv[1], [Platform.parse("linux/amd64")])
start = Start(image, Settings(own_network=True), choose(own_network=True))
nothing = os.open(os.devnull, os.O_RDWR)
for _ in range(int(sys.argv[2])):
    container = start.start((nothing, nothing, nothing))
    while container.exit_code is None:
        container.step()
    assert container.exit_code == 0
"""


def measure(rounds: int, tools: ToolEnvironment, repository: Path, scratch: Path) -> Dict[str, Series]:
    """Raises CommandFailed."""
    layout = _image(scratch / "image")
    runc, umoci = shutil.which("runc"), shutil.which("umoci")
    bundle = _bundle(umoci, layout, scratch / "bundle") if umoci else scratch
    ours = {"PYTHONPATH": os.pathsep.join((str(repository / "pants-plugins"), str(tools.libraries)))}
    path = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(scratch)}
    python = tools.interpreter.path
    start = f"for n in $(seq {{}}); do {runc} --root state run --bundle {bundle} scratch-image-benchmark-$n </dev/null; done"
    unpack = f"{umoci} unpack --image {layout}:latest unpacked"
    run = f"cp {bundle}/config.json unpacked/; {runc} --root state run --bundle unpacked scratch-image-benchmark </dev/null"
    rows = (
        _row(_OURS, (python, "-c", _STARTS, str(layout), str(STARTS)), ours, ours=True),
        _row(_OURS_NONE, (python, "-c", _STARTS, str(layout), "0"), ours, ours=True),
        _row(_RUNC, ("/bin/sh", "-euc", start.format(STARTS)), path, "" if runc and umoci else "not installed"),
        _row(_COMMAND, (python, "-m", "scratch_image.cli", "run", str(layout)), ours, ours=True),
        _row(_UMOCI, ("/bin/sh", "-euc", unpack), path, "" if umoci else "not installed"),
        _row(
            _BOTH,
            ("/bin/sh", "-euc", f"{unpack}; {run}"),
            path,
            "" if runc and umoci else "not installed",
        ),
    )
    return run_rounds(rows, rounds, scratch)


def table(all_series: Dict[str, Series]) -> str:
    rows = []
    for name, series in all_series.items():
        if series.lacking:
            rows.append((name, series.lacking, markdown.NOTHING))
            continue
        walls = [usage.wall for usage in series.usages]
        rows.append((name, markdown.seconds(series.median("wall")), markdown.spread(walls)))
    return markdown.table(("", "wall s", "least – greatest"), rows)


def marks_of(all_series: Dict[str, Series]) -> List[Mark]:
    of = all_series.get
    slower = faster(of(_UMOCI), of(_COMMAND))
    return [
        marks.at_most("a start, against runc run", _start(all_series), 1.3, "×"),
        marks.at_most("the whole command, unpacking and starting, against umoci unpack", slower, 1.2, "×"),
    ]


def _start(all_series: Dict[str, Series]) -> Optional[float]:
    """How many times as long as `runc run` one start takes: without what is done once for an image."""
    with_starts, without, runc = (all_series[name].usages for name in (_OURS, _OURS_NONE, _RUNC))
    if not runc:
        return None
    return statistics.median((a.wall - b.wall) / c.wall for a, b, c in zip(with_starts, without, runc))


def _row(name: str, argv: tuple[str, ...], environment: Dict[str, str], lacking: str = "", ours: bool = False) -> Contender:
    return Contender(name, 2, argv, environment, lambda _: None, lambda *_: Layer(), ours=ours, lacking=lacking)


def _image(directory: Path) -> Path:
    """A layout with 300 files, half of each random, and a program."""
    source, layout = directory / "source", directory / "oci"
    source.mkdir(parents=True)
    noise = random.Random(1)
    entries = []
    for number in range(FILES):
        (source / f"{number}").write_bytes(noise.randbytes(BYTES // 2) + bytes(BYTES // 2))
        entries.append(FileEntry(f"srv/{number % 20}/{number}", f"{number}", BYTES, 0o644))
    (source / "app").write_bytes(_PROGRAM)
    layers = []
    for plan in (tuple(entries), (FileEntry("app", "app", len(_PROGRAM), 0o755),)):
        facts = write_layer(LayerPlan(plan, Compression.parse("none")), str(source), str(layout), 1)
        tar = layout / facts.digest.blob_path
        # The library of the layer process is not in this one; the header is that of recipe gzip.1.
        content = _GZIP_HEADER + gzip.compress(tar.read_bytes(), 6, mtime=0)[len(_GZIP_HEADER) :]
        tar.unlink()
        digest = Digest.of(content)
        (layout / digest.blob_path).write_bytes(content)
        layers.append(ImageLayer(Descriptor(Compression.parse("gzip").media_type, digest, len(content)), facts.diff_id, ""))
    run = RunConfig(entrypoint=("/app",), user="65532:65532")
    built = build_image(Platform("linux", "amd64"), run, "1970-01-01T00:00:00Z", {}, tuple(layers))
    for path, document in layout_files(built).items():
        (layout / path).parent.mkdir(parents=True, exist_ok=True)
        (layout / path).write_bytes(document)
    return layout


def _bundle(umoci: str, layout: Path, place: Path) -> Path:
    subprocess.run([umoci, "unpack", "--image", f"{layout}:latest", str(place)], check=True, stderr=subprocess.DEVNULL)
    config = json.loads((place / "config.json").read_bytes())
    config["process"]["terminal"] = False
    config["process"].pop("rlimits", None)
    (place / "config.json").write_text(json.dumps(config))
    return place
