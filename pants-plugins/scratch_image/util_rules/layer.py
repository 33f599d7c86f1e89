"""A layer, by a process of its own: its key is the plan, the contents, the libraries and the code that writes them."""

from __future__ import annotations

from typing import List, Union

from pants.engine.fs import Digest, FileContent, FileEntry
from pants.engine.process import Process
from pants.engine.rules import collect_rules, rule

from scratch_image import engine
from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.oci import tar
from scratch_image.requests import (
    BinaryLayerRequest,
    FactsRequest,
    Interpreter,
    Layer,
    Libraries,
    LibrariesRequest,
    Program,
    ProgramRequest,
    RuntimeLayerRequest,
)
from scratch_image.runtime_files import catalog
from scratch_image.runtime_files.layer_plan import Sources, plan
from scratch_image.util_rules import tool_env

_SOURCES = (
    "__init__.py",
    *(f"oci/{name}.py" for name in ("__init__", "canonical_json", "compression", "digest", "tar")),
    *(f"assembler/{name}.py" for name in ("__init__", "__main__", "assemble", "compressors", "plan")),
)
_CONTENT = "content"
_BINARY_MODE = 0o755
# A further worker pays once it has this much to do, in bytes; below that its start costs more.
_BYTES_PER_WORKER = 8 << 20
_MAX_WORKERS = 16


@rule
async def write_binary_layer(request: BinaryLayerRequest, interpreter: Interpreter) -> Layer:
    size = request.content.serialized_bytes_length
    entry = tar.FileEntry(request.path.lstrip("/"), _CONTENT, size, _BINARY_MODE)
    layer_plan = LayerPlan((entry, *request.directories), request.compression)
    libraries = await engine.libraries(LibrariesRequest("assembler"))
    content = await engine.create([_plan_file(layer_plan), FileEntry(_CONTENT, request.content)])
    sources = await tool_env.stage(_SOURCES)
    result = await engine.run(_process(interpreter, libraries, sources, content, layer_plan, size))
    return Layer(result.output_digest, LayerFacts.from_json(tool_env.stdout(result)))


@rule
async def read_and_write_program(request: ProgramRequest) -> Program:
    return Program(*await engine.facts_and_layer(FactsRequest(request.layer.content), request.layer))


@rule
async def write_runtime_layer(request: RuntimeLayerRequest, interpreter: Interpreter) -> Layer:
    wheels = await engine.entries((await engine.libraries(LibrariesRequest("runtime_files"))).digest)
    # A wheel's directory is named by its version; what is in it is not.
    data = {entry.path.partition("/")[2]: entry.file_digest for entry in wheels if isinstance(entry, FileEntry)}
    texts = {name: tool_env.own_file(f"runtime_files/data/{name}") for name in catalog.TEXT_NAMES}
    planned = plan(
        request.names,
        Sources(
            {name: len(text) for name, text in texts.items()},
            {path: digest.serialized_bytes_length for path, digest in data.items()},
            request.bundle.serialized_bytes_length if request.bundle else None,
        ),
        request.openssl_cert_file,
    )
    layer_plan = LayerPlan(planned.entries, request.compression)
    files: List[Union[FileContent, FileEntry]] = [_plan_file(layer_plan)]
    files.extend(FileContent(path, texts[name]) for path, name in planned.texts.items())
    files.extend(FileEntry(path, data[name]) for path, name in planned.data.items())
    if planned.bundle and request.bundle:
        files.append(FileEntry(planned.bundle, request.bundle))
    libraries = await engine.libraries(LibrariesRequest("assembler"))
    content = await engine.create(files)
    sources = await tool_env.stage(_SOURCES)
    result = await engine.run(_process(interpreter, libraries, sources, content, layer_plan, 0))
    return Layer(result.output_digest, LayerFacts.from_json(tool_env.stdout(result)))


def _plan_file(layer_plan: LayerPlan) -> FileContent:
    return FileContent("plan.json", layer_plan.to_json())


def _process(
    interpreter: Interpreter, libraries: Libraries, sources: Digest, content: Digest, layer_plan: LayerPlan, size: int
) -> Process:
    """The process that writes a layer of about `size` bytes."""
    workers = min(size // _BYTES_PER_WORKER, _MAX_WORKERS) if layer_plan.compression.name == "gzip" else 0
    return tool_env.process(
        interpreter,
        "scratch_image.assembler.__main__",
        # Pants puts the number of cores that it grants in the place of the braces, after the cache was asked.
        ("plan.json", "{pants_concurrency}" if workers > 1 else "1"),
        description="Write an image layer",
        sources=sources,
        libraries=libraries,
        input_digest=content,
        output_directories=("blobs",),
        concurrency_available=workers if workers > 1 else 0,
    )


def rules():
    return collect_rules()
