"""Part `publish`: images to a registry on the loopback interface, by us and by crane, in turns."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import uuid
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

from benchmarks import markdown, marks
from benchmarks.contenders import Contender, Layer, Series, faster, run_rounds
from benchmarks.errors import CannotMeasure
from benchmarks.layer_process import ToolEnvironment
from benchmarks.marks import Mark
from scratch_image.assembler.assemble import write_layer
from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.engine.tool import Tool
from scratch_image.oci.compression import Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import ImageLayer, build_image
from scratch_image.oci.layout import layout_files
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor, RunConfig
from scratch_image.oci.tar import FileEntry
from scratch_image.registry.plan import Push, PushPlan

COUNT, LARGE = 50, 200 * 10**6
_OURS_LARGE, _CRANE_LARGE = "ours, a layer of 200 MB", "crane push, a layer of 200 MB"
_OURS_MANY, _CRANE_MANY = f"ours, {COUNT} small images in one plan", f"{COUNT} × crane push, small images"
_REGISTRY = "docker-registry"
_SECONDS = 20
_COMPILE = """
import compileall, py_compile
compileall.compile_dir(".", quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""


def compiled(tools: ToolEnvironment, scratch: Path) -> ToolEnvironment:
    """Copies with byte code, as `publish` has them (rules/tools.py)."""
    places = (tools.worker, tools.sources, tools.libraries)
    worker, sources, libraries = (Path(shutil.copytree(place, scratch / "compiled" / place.name)) for place in places)
    subprocess.run((tools.interpreter.path, "-ISBc", _COMPILE), cwd=scratch / "compiled", check=True)
    return ToolEnvironment(tools.interpreter, worker, sources, libraries)


def measure(program: Path, rounds: int, tools: ToolEnvironment, scratch: Path) -> Dict[str, Series]:
    """Raises CommandFailed, and CannotMeasure where the registry does not start."""
    crane = shutil.which("crane", path=os.pathsep.join((os.environ.get("PATH", ""), os.path.expanduser("~/go/bin"))))
    content = program.read_bytes()
    large = image(scratch / "large", {"app": (content * (LARGE // len(content) + 1))[:LARGE]})
    shared = content[:300_000]
    many = [image(scratch / f"small{number}", {"ca": shared, "app": b"%d\n" % number * 99}) for number in range(COUNT)]
    with registry(scratch) as address:
        rows = (
            _ours(_OURS_LARGE, [large], tools, address),
            _crane(_CRANE_LARGE, [large], crane, address),
            _ours(_OURS_MANY, many, tools, address),
            _crane(_CRANE_MANY, many, crane, address),
        )
        return run_rounds(rows, rounds, scratch)


def table(all_series: Dict[str, Series]) -> str:
    rows = []
    for name, series in all_series.items():
        if series.lacking:
            rows.append((name, series.lacking, *[markdown.NOTHING] * 2))
            continue
        usages = [usage.wall for usage in series.usages]
        rows.append((name, markdown.seconds(series.median("wall")), markdown.spread(usages), f"{series.median('peak'):.0f}"))
    return markdown.table(("", "wall s", "least – greatest", "peak MiB"), rows)


def marks_of(all_series: Dict[str, Series]) -> List[Mark]:
    of = all_series.get
    return [
        marks.at_least("a layer of 200 MB, against crane push", faster(of(_OURS_LARGE), of(_CRANE_LARGE)), 0.8, "× as fast"),
        marks.at_least(
            f"{COUNT} small images, against {COUNT} times crane", faster(of(_OURS_MANY), of(_CRANE_MANY)), 2, "× as fast"
        ),
        marks.at_most("peak memory of publishing", all_series[_OURS_LARGE].median("peak"), 64, " MiB"),
    ]


def image(directory: Path, files: Dict[str, bytes]) -> Path:
    """A layout with an image that has each file in a layer of its own."""
    source, layout = directory / "source", directory / "oci"
    source.mkdir(parents=True)
    layers = []
    for name, content in files.items():
        (source / name).write_bytes(content)
        plan = LayerPlan((FileEntry(name, name, len(content), 0o755),), Compression.parse("none"))
        layers.append(_layer(write_layer(plan, str(source), str(layout), 1)))
    shutil.rmtree(source)
    run = RunConfig(entrypoint=("/app",))
    built = build_image(Platform("linux", "amd64"), run, "1970-01-01T00:00:00Z", {}, tuple(layers))
    for path, document in layout_files(built).items():
        (layout / path).parent.mkdir(parents=True, exist_ok=True)
        (layout / path).write_bytes(document)
    return layout


def _layer(facts: LayerFacts) -> ImageLayer:
    descriptor = Descriptor(Compression.parse("none").media_type, facts.digest, facts.size)
    return ImageLayer(descriptor, facts.diff_id, "benchmark")


def _root(layout: Path) -> str:
    digest: str = json.loads((layout / "index.json").read_bytes())["manifests"][0]["digest"]
    return digest


def _ours(name: str, layouts: Sequence[Path], tools: ToolEnvironment, address: str) -> Contender:
    """The publishing process, as `publish` starts it for one image, and with many in its plan."""

    def prepare(directory: Path) -> None:
        tools.link(directory)
        run = uuid.uuid4().hex
        pushes = tuple(
            Push(str(layout), Digest.parse(_root(layout)), address, f"ours/{run}/{number}", ("1",), str(number))
            for number, layout in enumerate(layouts)
        )
        (directory / "plan.json").write_bytes(PushPlan(pushes, deadline=300.0).to_json())

    argv = Tool("scratch_image.registry.__main__").command(tools.interpreter.path, ["plan.json"])
    return Contender(name, 2, argv, {"HOME": "/nonexistent"}, prepare, lambda *_: Layer(), ours=True)


def _crane(name: str, layouts: Sequence[Path], crane: Optional[str], address: str) -> Contender:
    def prepare(directory: Path) -> None:
        run = uuid.uuid4().hex
        lines = [f"{crane} push {layout} {address}/crane/{run}/{number}:1" for number, layout in enumerate(layouts)]
        (directory / "push").write_text("\n".join(lines))

    lacking = "" if crane else "not installed: crane"
    environment = {"HOME": "/nonexistent", "PATH": os.defpath}
    return Contender(name, 2, ("/bin/sh", "-eu", "push"), environment, prepare, lambda *_: Layer(), lacking=lacking)


@contextlib.contextmanager
def registry(scratch: Path) -> Iterator[str]:
    """Debian's docker-registry, which keeps what it gets below `scratch`."""
    server = shutil.which(_REGISTRY)
    if not server:
        raise CannotMeasure(f"{_REGISTRY} is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(scratch / "registry")}},
        "http": {"addr": address},
    }
    # JSON is YAML, too.
    (scratch / "registry.yml").write_text(json.dumps(config))
    with subprocess.Popen([server, "serve", str(scratch / "registry.yml")], stderr=subprocess.DEVNULL) as process:
        try:
            _wait(address)
            yield address
        finally:
            process.terminate()


def _wait(address: str) -> None:
    host, _, port = address.partition(":")
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            return
        time.sleep(0.1)
    raise CannotMeasure(f"{_REGISTRY} does not answer")
