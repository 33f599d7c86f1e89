"""`image.tar`, by a process of its own: its key is the image's documents, with its names, its layers and the code."""

from __future__ import annotations

from pants.engine.fs import FileContent
from pants.engine.rules import collect_rules, rule

from scratch_image.assembler.archive_plan import ArchivePlan
from scratch_image.engine import requests as engine
from scratch_image.rules import tool_env
from scratch_image.rules.requests import ArchiveRequest, ImageArchive, Interpreter, SourcesRequest

_SOURCES = (
    "__init__.py",
    "assembler/__init__.py",
    "assembler/archive.py",
    "assembler/archive_main.py",
    "assembler/archive_plan.py",
    "oci/__init__.py",
    "oci/canonical_json.py",
    "oci/tar.py",
)
_PLAN = "plan.json"
NAME = "image.tar"


@rule
async def write_archive(request: ArchiveRequest, interpreter: Interpreter) -> ImageArchive:
    documents = [FileContent(path, content) for path, content in request.documents.items()]
    plan = ArchivePlan((*request.sizes, *((document.path, len(document.content)) for document in documents)))
    written = await engine.create([FileContent(_PLAN, plan.to_json()), *documents])
    result = await engine.run(
        tool_env.process(
            interpreter,
            "scratch_image.assembler.archive_main",
            (_PLAN, NAME),
            description="Write an image archive",
            sources=await engine.staged(SourcesRequest(_SOURCES)),
            input_digest=await engine.merge((request.layers, written)),
            output_files=(NAME,),
        )
    )
    tool_env.stdout(result)
    return ImageArchive(result.output_digest)


def rules():
    return collect_rules()
