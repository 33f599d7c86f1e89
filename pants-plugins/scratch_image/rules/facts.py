"""What a file is, by a process of its own: its key is the file and the code that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Tuple

from pants.engine.fs import FileDigest, FileEntry
from pants.engine.rules import rule

from scratch_image.binary.facts import BinaryFacts
from scratch_image.engine import fs, processes
from scratch_image.engine.spelling import BY_NAME
from scratch_image.engine.tool import Tool
from scratch_image.rules import tools

TOOL = Tool("scratch_image.binary.__main__")


@dataclass(frozen=True)
class FactsRequest:
    """The facts of a file; answered by a BinaryFacts."""

    content: FileDigest


@rule
async def read_facts(request: FactsRequest) -> BinaryFacts:
    """Raises ProcessFailed."""
    process = await tools.process(
        TOOL,
        ("binary",),
        description="Inspect a program for an image",
        input_digest=await fs.create([FileEntry("binary", request.content)]),
    )
    result = await processes.run_or_raise(process)
    return BinaryFacts.from_json(result.stdout)


if BY_NAME:
    from scratch_image.engine.by_name import concurrently

    async def facts(requests: Iterable[FactsRequest]) -> Tuple[BinaryFacts, ...]:
        """The facts of one file per request, in their order."""
        return await concurrently(read_facts(request) for request in requests)

else:
    from pants.engine.rules import Get, MultiGet

    async def facts(requests: Iterable[FactsRequest]) -> Tuple[BinaryFacts, ...]:
        return await MultiGet(Get(BinaryFacts, FactsRequest, request) for request in requests)
