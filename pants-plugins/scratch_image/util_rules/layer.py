"""A layer, by a process of its own: its key is the plan, the contents, the libraries and the code that writes them."""

from __future__ import annotations

from pants.engine.fs import FileContent, FileEntry
from pants.engine.rules import collect_rules, rule

from scratch_image import engine
from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.oci import tar
from scratch_image.requests import BinaryLayerRequest, Interpreter, Layer, Libraries
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
async def write_binary_layer(request: BinaryLayerRequest, interpreter: Interpreter, libraries: Libraries) -> Layer:
    size = request.content.serialized_bytes_length
    entry = tar.FileEntry(request.path.lstrip("/"), _CONTENT, size, _BINARY_MODE)
    plan = LayerPlan((entry,), request.compression)
    workers = min(size // _BYTES_PER_WORKER, _MAX_WORKERS) if request.compression.name == "gzip" else 0
    result = await engine.run(
        tool_env.process(
            interpreter,
            "scratch_image.assembler.__main__",
            # Pants puts the number of cores that it grants in the place of the braces, after the cache was asked.
            ("plan.json", "{pants_concurrency}" if workers > 1 else "1"),
            description="Write an image layer",
            sources=await tool_env.stage(_SOURCES),
            libraries=libraries,
            input_digest=await engine.create(
                [FileContent("plan.json", plan.to_json()), FileEntry(_CONTENT, request.content)]
            ),
            output_directories=("blobs",),
            concurrency_available=workers if workers > 1 else 0,
        )
    )
    return Layer(result.output_digest, LayerFacts.from_json(tool_env.stdout(result)))


def rules():
    return collect_rules()
