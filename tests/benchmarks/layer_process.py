"""Our layer and facts processes, started as Pants starts it (rules/tools.py), and what bounds it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Sequence, Tuple

from support.staged import stage_tree

from benchmarks.contenders import Contender, Layer
from benchmarks.interpreter import Interpreter
from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.engine.tool import FIRST, LIBRARIES, SOURCES, WORKER, Tool
from scratch_image.oci import tar
from scratch_image.oci.compression import Compression

IMAGE_PATH = "app"
_MODE = 0o755
_ROOMS = ("assembler", "binary", "registry")
_SHA256 = f"""
import hashlib
hasher, buffer = hashlib.sha256(), memoryview(bytearray(1 << 20))
with open("{IMAGE_PATH}", "rb", buffering=0) as file:
    while count := file.readinto(buffer):
        hasher.update(buffer[:count])
print(hasher.hexdigest())
"""


@dataclass(frozen=True)
class ToolEnvironment:
    """The interpreter, the staged trees `worker` and `sources`, and the unpacked `libraries` of the layer process."""

    interpreter: Interpreter
    worker: Path
    sources: Path
    libraries: Path

    def link(self, directory: Path) -> None:
        """Puts the trees into the directory of a process."""
        for name, tree in ((WORKER, self.worker), (SOURCES, self.sources), (LIBRARIES, self.libraries)):
            (directory / name).symlink_to(tree)


def stage(scratch: Path) -> Tuple[Path, Path]:
    """Writes what the processes run from to the folders `worker` and `sources`."""
    worker, sources = scratch / WORKER, scratch / SOURCES
    stage_tree(FIRST, worker)
    for room in _ROOMS:
        stage_tree(Tool(f"scratch_image.{room}.__main__"), sources)
    return worker, sources


def level(compression: str) -> str:
    """`gzip` → `gzip:4`: the name with its level, also where it is the default one."""
    parsed = Compression.parse(compression)
    return parsed.name if parsed.level is None else f"{parsed.name}:{parsed.level}"


def ours(name: str, compression: str, workers: int, program: Path, tools: ToolEnvironment) -> Contender:
    """The process that writes the layer of `program`, on as many cores as workers."""
    entry = tar.FileEntry(IMAGE_PATH, "content", program.stat().st_size, _MODE)
    return ours_of(name, compression, [entry], lambda directory: os.link(program, directory / "content"), tools, workers)


def ours_of(
    name: str,
    compression: str,
    entries: Sequence[tar.FileEntry],
    place: Callable[[Path], None],
    tools: ToolEnvironment,
    workers: int = 1,
) -> Contender:
    """The process that writes a layer of files; `place` puts what they name into its directory."""
    plan = LayerPlan(tuple(entries), Compression.parse(compression)).to_json()

    def prepare(directory: Path) -> None:
        tools.link(directory)
        place(directory)
        (directory / "plan.json").write_bytes(plan)

    argv = Tool("scratch_image.assembler.__main__").command(tools.interpreter.path, ["plan.json", str(workers)])
    return Contender(name, workers, argv, {}, prepare, _written, ours=True)


def facts(name: str, program: Path, tools: ToolEnvironment) -> Contender:
    """The process that says what `program` is and needs."""

    def prepare(directory: Path) -> None:
        tools.link(directory)
        os.link(program, directory / "binary")

    argv = Tool("scratch_image.binary.__main__").command(tools.interpreter.path, ["binary"])
    return Contender(name, 1, argv, {}, prepare, lambda *_: Layer(), ours=True)


def sha256_pass(name: str, program: Path, interpreter: Interpreter) -> Contender:
    """One pass of SHA-256 over the same file by the same interpreter: what no tool can do without."""
    return Contender(name, 1, (interpreter.path, "-ISB", "-c", _SHA256), {}, linking(program), lambda *_: Layer())


def linking(program: Path) -> Callable[[Path], None]:
    """Puts `program`, which is on the same file system, as IMAGE_PATH into a directory."""
    return lambda directory: os.link(program, directory / IMAGE_PATH)


def _written(directory: Path, stdout: bytes) -> Layer:
    facts = LayerFacts.from_json(stdout)
    size = (directory / facts.digest.blob_path).stat().st_size
    assert size == facts.size, f"the layer has {size} bytes, not the {facts.size} that its process told"
    return Layer(size, str(facts.digest))
