"""`image.tar`, by a process of its own: its key is the image's documents, with its names, its layers and the code."""

from __future__ import annotations

from pants.engine.fs import FileContent
from pants.engine.rules import collect_rules, rule

from scratch_image import engine
from scratch_image.archive.plan import ArchivePlan
from scratch_image.requests import ArchiveRequest, ImageArchive, Interpreter, SourcesRequest
from scratch_image.util_rules import tool_env

_SOURCES = (
    "__init__.py",
    *(f"oci/{name}.py" for name in ("__init__", "canonical_json", "tar")),
    *(f"archive/{name}.py" for name in ("__init__", "__main__", "plan", "write")),
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
            "scratch_image.archive.__main__",
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
