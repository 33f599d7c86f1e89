"""The command that validates images in dist/: our files and libraries, at work in the repository."""

from __future__ import annotations

from typing import Tuple

from pants.engine.process import InteractiveProcess

from scratch_image.engine import fs
from scratch_image.engine.tool import MAIN, Tool
from scratch_image.rules import tools

# The library that compresses layers with zstd also unpacks them.
TOOL = Tool("scratch_image.validate.__main__", libraries="assembler")


async def command(paths: Tuple[str, ...], flags: Tuple[str, ...] = ()) -> InteractiveProcess:
    """Validates what is at `paths`, relative to the repository. Flags and exit status are those of
    `scratch_image.validate`."""
    process = await tools.process(TOOL, (*flags, *paths), description="Validate images", input_digest=await fs.merge(()))
    # The process runs in the repository's directory; Pants replaces the braces by the directory of our files.
    argv = (arg if arg != MAIN else f"{{chroot}}/{arg}" for arg in process.argv)
    return InteractiveProcess(argv, immutable_input_digests=process.immutable_input_digests, run_in_workspace=True)
