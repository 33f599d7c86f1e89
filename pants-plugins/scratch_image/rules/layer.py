"""A layer, by a process of its own: its key is the plan, the contents, the libraries and the code that writes layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Tuple

from pants.engine.fs import Digest, FileContent
from pants.engine.rules import rule

from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.engine import fs, processes
from scratch_image.engine.spelling import BY_NAME
from scratch_image.engine.tool import PLAN, Tool
from scratch_image.oci.tar import FileEntry
from scratch_image.rules import tools

TOOL = Tool("scratch_image.assembler.__main__", libraries="assembler")
# The bytes for which one more worker pays; with fewer, its start costs more than it saves.
_BYTES_PER_WORKER = 8 << 20
_MAX_WORKERS = 16


@dataclass(frozen=True)
class LayerRequest:
    """A layer by its plan; `content` holds the contents that the plan's entries name."""

    plan: LayerPlan
    content: Digest


@dataclass(frozen=True)
class WrittenLayer:
    """`digest` holds the layer at `blobs/sha256/<digest>`."""

    digest: Digest
    facts: LayerFacts


@rule
async def write_layer(request: LayerRequest) -> WrittenLayer:
    """Raises ProcessFailed."""
    size = sum(entry.size for entry in request.plan.entries if isinstance(entry, FileEntry))
    workers = min(size // _BYTES_PER_WORKER, _MAX_WORKERS) if request.plan.compression.name == "gzip" else 0
    plan_file = await fs.create([FileContent(PLAN, request.plan.to_json())])
    process = await tools.process(
        TOOL,
        # Pants replaces the braces by the number of cores that it grants, after it has asked the cache.
        (PLAN, "{pants_concurrency}" if workers > 1 else "1"),
        description="Write an image layer",
        input_digest=await fs.merge((plan_file, request.content)),
        output_directories=("blobs",),
        concurrency_available=workers if workers > 1 else 0,
    )
    result = await processes.run_or_raise(process)
    return WrittenLayer(result.output_digest, LayerFacts.from_json(result.stdout))


if BY_NAME:
    from scratch_image.engine.by_name import concurrently

    async def layer(request: LayerRequest) -> WrittenLayer:
        """The layer of a plan."""
        return await write_layer(request)

    async def layers(requests: Iterable[LayerRequest]) -> Tuple[WrittenLayer, ...]:
        """One layer per request, in their order."""
        return await concurrently(write_layer(request) for request in requests)

else:
    from pants.engine.rules import Get, MultiGet

    async def layer(request: LayerRequest) -> WrittenLayer:
        return await Get(WrittenLayer, LayerRequest, request)

    async def layers(requests: Iterable[LayerRequest]) -> Tuple[WrittenLayer, ...]:
        return await MultiGet(Get(WrittenLayer, LayerRequest, request) for request in requests)
