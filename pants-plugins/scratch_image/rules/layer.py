"""A layer, by a process of its own: its key is the plan, the contents, the libraries and the code that writes them."""

from __future__ import annotations

from typing import List, Union

from pants.engine.fs import FileContent, FileEntry
from pants.engine.rules import collect_rules, rule

from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.engine import requests as engine
from scratch_image.oci import tar
from scratch_image.rules import tool_env
from scratch_image.rules.requests import (
    BinaryLayerRequest,
    FactsRequest,
    Interpreter,
    Layer,
    LayerRequest,
    Program,
    ProgramRequest,
    RuntimeLayerRequest,
    SourcesRequest,
)
from scratch_image.runtime_files import catalog
from scratch_image.runtime_files.layer_plan import Sources, plan

_SOURCES = (
    "__init__.py",
    "assembler/__init__.py",
    "assembler/__main__.py",
    "assembler/assemble.py",
    "assembler/compressors.py",
    "assembler/plan.py",
    "oci/__init__.py",
    "oci/canonical_json.py",
    "oci/compression.py",
    "oci/digest.py",
    "oci/tar.py",
)
_PLAN, _CONTENT = "plan.json", "content"
_BINARY_MODE = 0o755
# A further worker pays once it has this much to do, in bytes; below that its start costs more.
_BYTES_PER_WORKER = 8 << 20
_MAX_WORKERS = 16


@rule
async def write_layer(request: LayerRequest, interpreter: Interpreter) -> Layer:
    size = sum(entry.size for entry in request.plan.entries if isinstance(entry, tar.FileEntry))
    workers = min(size // _BYTES_PER_WORKER, _MAX_WORKERS) if request.plan.compression.name == "gzip" else 0
    plan_file = await engine.create([FileContent(_PLAN, request.plan.to_json())])
    result = await engine.run(
        tool_env.process(
            interpreter,
            "scratch_image.assembler.__main__",
            # Pants puts the number of cores that it grants in the place of the braces, after the cache was asked.
            (_PLAN, "{pants_concurrency}" if workers > 1 else "1"),
            description="Write an image layer",
            sources=await engine.staged(SourcesRequest(_SOURCES)),
            libraries=await engine.libraries("assembler", interpreter),
            input_digest=await engine.merge((plan_file, request.content)),
            output_directories=("blobs",),
            concurrency_available=workers if workers > 1 else 0,
        )
    )
    return Layer(result.output_digest, LayerFacts.from_json(tool_env.stdout(result)))


@rule
async def write_binary_layer(request: BinaryLayerRequest) -> Layer:
    size = request.content.serialized_bytes_length
    entry = tar.FileEntry(request.path.lstrip("/"), _CONTENT, size, _BINARY_MODE, capability=request.capability)
    content = await engine.create([FileEntry(_CONTENT, request.content)])
    return await engine.layer(LayerRequest(LayerPlan((entry, *request.directories), request.compression), content))


@rule
async def read_and_write_program(request: ProgramRequest) -> Program:
    return Program(*await engine.facts_and_layer(FactsRequest(request.layer.content), request.layer))


@rule
async def write_runtime_layer(request: RuntimeLayerRequest, interpreter: Interpreter) -> Layer:
    wheels = await engine.entries((await engine.libraries("runtime_files", interpreter)).digest)
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
    files: List[Union[FileContent, FileEntry]] = []
    files.extend(FileContent(path, texts[name]) for path, name in planned.texts.items())
    files.extend(FileEntry(path, data[name]) for path, name in planned.data.items())
    if planned.bundle and request.bundle:
        files.append(FileEntry(planned.bundle, request.bundle))
    return await engine.layer(LayerRequest(LayerPlan(planned.entries, request.compression), await engine.create(files)))


def rules():
    return collect_rules()
