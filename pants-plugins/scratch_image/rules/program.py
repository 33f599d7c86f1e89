"""A program: what it is, and the layer that holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Tuple

from pants.engine.fs import FileDigest, FileEntry
from pants.engine.rules import rule

from scratch_image.assembler.plan import LayerPlan
from scratch_image.binary.facts import BinaryFacts
from scratch_image.engine import fs
from scratch_image.engine.spelling import BY_NAME
from scratch_image.oci import tar
from scratch_image.oci.compression import Compression
from scratch_image.rules.facts import FactsRequest, read_facts
from scratch_image.rules.layer import LayerRequest, WrittenLayer, write_layer

_CONTENT = "content"
_MODE = 0o755


@dataclass(frozen=True)
class ProgramRequest:
    """A program at `path` in an image. It holds what decides the layer's bytes and nothing else, so that images share the
    layer. `directories` are those above the program that another layer has with modes of its own; `capability` is the value
    of `security.capability`, empty for none; `hashes` is whether the program is hashed as well."""

    content: FileDigest
    path: str
    compression: Compression
    directories: Tuple[tar.DirectoryEntry, ...] = ()
    capability: bytes = b""
    hashes: bool = False


@dataclass(frozen=True)
class Program:
    """What a program is, and the layer that holds it."""

    facts: BinaryFacts
    layer: WrittenLayer


if BY_NAME:
    from scratch_image.engine.by_name import concurrently

    async def _facts_and_layer(of: FactsRequest, layer: LayerRequest) -> Tuple[BinaryFacts, WrittenLayer]:
        """Both at the same time: neither needs the other."""
        return await concurrently(read_facts(of), write_layer(layer))

else:
    from pants.engine.rules import Get, MultiGet

    async def _facts_and_layer(of: FactsRequest, layer: LayerRequest) -> Tuple[BinaryFacts, WrittenLayer]:
        return await MultiGet(Get(BinaryFacts, FactsRequest, of), Get(WrittenLayer, LayerRequest, layer))


@rule
async def read_and_write_program(request: ProgramRequest) -> Program:
    """Raises ProcessFailed."""
    size = request.content.serialized_bytes_length
    entry = tar.FileEntry(request.path.lstrip("/"), _CONTENT, size, _MODE, capability=request.capability)
    plan = LayerPlan((entry, *request.directories), request.compression, request.hashes)
    content = await fs.create([FileEntry(_CONTENT, request.content)])
    facts, layer = await _facts_and_layer(FactsRequest(request.content), LayerRequest(plan, content))
    return Program(facts, layer)


if BY_NAME:

    async def programs(requests: Iterable[ProgramRequest]) -> Tuple[Program, ...]:
        """One program per request, in their order."""
        return await concurrently(read_and_write_program(request) for request in requests)

else:

    async def programs(requests: Iterable[ProgramRequest]) -> Tuple[Program, ...]:
        return await MultiGet(Get(Program, ProgramRequest, request) for request in requests)
