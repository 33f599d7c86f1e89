"""`image.tar`, by a process of its own: its key is the image's documents, with its names, its layers and the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from pants.engine.fs import Digest, FileContent
from pants.engine.rules import rule
from pants.util.frozendict import FrozenDict

from scratch_image.assembler.archive_plan import ArchivePlan
from scratch_image.engine import fs, processes
from scratch_image.engine.spelling import BY_NAME
from scratch_image.engine.tool import PLAN, Tool
from scratch_image.oci import names
from scratch_image.rules import tools

TOOL = Tool("scratch_image.assembler.archive_main")


@dataclass(frozen=True)
class ArchiveRequest:
    """One file with a whole image. `layers` holds the layers at `blobs/sha256/`, and `sizes` their paths and sizes in bytes;
    `documents` maps the paths of all other files to their contents."""

    layers: Digest
    sizes: Tuple[Tuple[str, int], ...]
    documents: FrozenDict[str, bytes]


@dataclass(frozen=True)
class ImageArchive:
    """`digest` holds `image.tar`."""

    digest: Digest


@rule
async def write_archive(request: ArchiveRequest) -> ImageArchive:
    """Raises ProcessFailed."""
    documents = [FileContent(path, content) for path, content in request.documents.items()]
    plan = ArchivePlan((*request.sizes, *((document.path, len(document.content)) for document in documents)))
    written = await fs.create([FileContent(PLAN, plan.to_json()), *documents])
    process = await tools.process(
        TOOL,
        (PLAN, names.ARCHIVE),
        description="Write an image archive",
        input_digest=await fs.merge((request.layers, written)),
        output_files=(names.ARCHIVE,),
    )
    result = await processes.run_or_raise(process)
    return ImageArchive(result.output_digest)


if BY_NAME:

    async def archive(request: ArchiveRequest) -> ImageArchive:
        """The archive of an image."""
        return await write_archive(request)

else:
    from pants.engine.rules import Get

    async def archive(request: ArchiveRequest) -> ImageArchive:
        return await Get(ImageArchive, ArchiveRequest, request)
