"""Our layer and facts processes, started as Pants starts it (rules/tools.py), and what bounds it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Sequence

from benchmarks.contenders import Contender, Layer
from benchmarks.interpreter import Interpreter
from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.engine.own_files import files_of
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
    """The interpreter, the staged `sources` and the unpacked `libraries` of the layer process."""

    interpreter: Interpreter
    sources: Path
    libraries: Path


def stage(repository: Path, scratch: Path) -> Path:
    """Copies what the processes run from, `run_module.py` and what their main modules import, to a folder `sources`."""
    backend, sources = repository / "pants-plugins" / "scratch_image", scratch / "sources"
    for path in {path for room in _ROOMS for path in files_of(f"scratch_image.{room}.__main__")}:
        target = sources / "scratch_image" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(backend / path, target)
    shutil.copyfile(backend / "run_module.py", sources / "run_module.py")
    return sources


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
        (directory / "sources").symlink_to(tools.sources)
        (directory / "libraries").symlink_to(tools.libraries)
        place(directory)
        (directory / "plan.json").write_bytes(plan)

    argv = (tools.interpreter.path, "-ISB", "sources/run_module.py", "scratch_image.assembler.__main__")
    return Contender(name, workers, (*argv, "plan.json", str(workers)), {}, prepare, _written, ours=True)


def facts(name: str, program: Path, tools: ToolEnvironment) -> Contender:
    """The process that says what `program` is and needs."""

    def prepare(directory: Path) -> None:
        (directory / "sources").symlink_to(tools.sources)
        os.link(program, directory / "binary")

    argv = (tools.interpreter.path, "-ISB", "sources/run_module.py", "scratch_image.binary.__main__", "binary")
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
