"""The command that derives images in dist/ again: our own sources and libraries, at work in the repository."""

from __future__ import annotations

from typing import Tuple

from pants.engine.process import InteractiveProcess

from scratch_image import engine
from scratch_image.requests import Interpreter, SourcesRequest
from scratch_image.util_rules import tool_env

_SOURCES = (
    "__init__.py",
    *(
        f"binary/{name}.py"
        for name in (
            *("__init__", "arm", "dynamic", "elf", "evidence", "facts", "go", "leftovers", "linkage", "magic", "needs"),
            *("needs_of_go", "needs_of_others", "notes", "packed", "platform", "read", "rust", "scan", "sections", "text"),
        )
    ),
    *(f"oci/{name}.py" for name in ("__init__", "compression", "digest", "grammar", "platform", "spec")),
    *(
        f"validate/{name}.py"
        for name in (
            *("__init__", "__main__", "blobs", "check", "config", "descriptor", "docker_save", "documents", "image"),
            *(
                "image_json",
                "layer",
                "limits",
                "manifest",
                "package",
                "problems",
                "program",
                "store",
                "tar_archive",
                "tar_header",
            ),
            *("tar_rules", "unpack", "zstd_frames"),
        )
    ),
)


async def command(interpreter: Interpreter, paths: Tuple[str, ...]) -> InteractiveProcess:
    """Validates what is at `paths`, relative to the repository. Its exit status is that of `scratch_image.validate`."""
    process = tool_env.process(
        interpreter,
        "scratch_image.validate.__main__",
        paths,
        description="Validate images",
        sources=await engine.staged(SourcesRequest(_SOURCES)),
        libraries=await engine.libraries("assembler", interpreter),
        input_digest=await engine.merge(()),
    )
    # Pants puts the directory of our files in the place of the braces; the process runs in the repository's.
    argv = (arg if arg != tool_env.MAIN else f"{{chroot}}/{arg}" for arg in process.argv)
    return InteractiveProcess(argv, immutable_input_digests=process.immutable_input_digests, run_in_workspace=True)
