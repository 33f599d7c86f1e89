"""The command that derives images in dist/ again: our own sources and libraries, at work in the repository."""

from __future__ import annotations

from typing import Tuple

from pants.engine.process import InteractiveProcess

from scratch_image.engine import requests as engine
from scratch_image.rules import tool_env
from scratch_image.rules.requests import Interpreter, SourcesRequest

_SOURCES = (
    "__init__.py",
    "binary/__init__.py",
    "binary/arm.py",
    "binary/dynamic.py",
    "binary/elf.py",
    "binary/evidence.py",
    "binary/facts.py",
    "binary/go.py",
    "binary/leftovers.py",
    "binary/linkage.py",
    "binary/magic.py",
    "binary/needs.py",
    "binary/needs_of_go.py",
    "binary/needs_of_others.py",
    "binary/notes.py",
    "binary/packed.py",
    "binary/platform.py",
    "binary/read.py",
    "binary/rust.py",
    "binary/scan.py",
    "binary/sections.py",
    "binary/text.py",
    "layout/__init__.py",
    "layout/blobs.py",
    "layout/descriptor.py",
    "layout/documents.py",
    "layout/layer.py",
    "layout/limits.py",
    "layout/manifest.py",
    "layout/problems.py",
    "layout/store.py",
    "layout/tar_archive.py",
    "layout/tar_header.py",
    "layout/tar_rules.py",
    "layout/unpack.py",
    "layout/zstd_frames.py",
    "oci/__init__.py",
    "oci/compression.py",
    "oci/digest.py",
    "oci/grammar.py",
    "oci/platform.py",
    "oci/spec.py",
    "validate/__init__.py",
    "validate/__main__.py",
    "validate/check.py",
    "validate/config.py",
    "validate/docker_save.py",
    "validate/image.py",
    "validate/image_json.py",
    "validate/package.py",
    "validate/program.py",
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
