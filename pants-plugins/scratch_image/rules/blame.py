"""Whose bytes a program has, by a process of its own: its key is the file and the code that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Tuple

from pants.engine.fs import FileDigest, FileEntry
from pants.engine.rules import rule

from scratch_image.binary.blame import Part, from_json
from scratch_image.engine import fs, processes
from scratch_image.engine.spelling import BY_NAME
from scratch_image.engine.tool import Tool
from scratch_image.rules import tools

TOOL = Tool("scratch_image.binary.blame_main")


@dataclass(frozen=True)
class BlameRequest:
    """The parts of a file."""

    content: FileDigest


@dataclass(frozen=True)
class Blame:
    """The parts of a file, the largest first."""

    parts: Tuple[Part, ...]


@rule
async def read_blame(request: BlameRequest) -> Blame:
    """Raises ProcessFailed."""
    process = await tools.process(
        TOOL,
        ("binary",),
        description="Measure a program of an image",
        input_digest=await fs.create([FileEntry("binary", request.content)]),
    )
    result = await processes.run_or_raise(process)
    return Blame(from_json(result.stdout))


if BY_NAME:
    from scratch_image.engine.by_name import concurrently

    async def blames(requests: Iterable[BlameRequest]) -> Tuple[Blame, ...]:
        """The parts of one file per request, in their order."""
        return await concurrently(read_blame(request) for request in requests)

else:
    from pants.engine.rules import Get, MultiGet

    async def blames(requests: Iterable[BlameRequest]) -> Tuple[Blame, ...]:
        return await MultiGet(Get(Blame, BlameRequest, request) for request in requests)
