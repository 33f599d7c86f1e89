"""The command that starts a packaged image in the terminal: our files and libraries, and the options of a run."""

from __future__ import annotations

from typing import List

from pants.core.goals.package import BuiltPackage
from pants.core.goals.run import RunRequest

from scratch_image.engine import fs
from scratch_image.engine.tool import MAIN, Tool
from scratch_image.rules import tools
from scratch_image.rules.built_image import BuiltScratchImage
from scratch_image.targets.options import ScratchImageRunSubsystem

# The library that compresses layers with zstd also unpacks them.
TOOL = Tool("scratch_image.run.__main__", libraries="assembler")
_IMAGE = "image"
# Pants puts the path of the sandbox in its place, in the user's arguments as well.
_SANDBOX = "{chroot}"


async def command(package: BuiltPackage, options: ScratchImageRunSubsystem) -> RunRequest:
    """Starts the image of a package; what the user writes after `--` follows. Raises NoInterpreter, NoPexInterpreter and
    ProcessFailed."""
    (built,) = (artifact for artifact in package.artifacts if isinstance(artifact, BuiltScratchImage))
    image = await fs.add_prefix(built.contents, _IMAGE)
    process = await tools.process(TOOL, (), description="Run an image", input_digest=image, runs_programs=True)
    argv = (f"{_SANDBOX}/{arg}" if arg == MAIN else arg for arg in process.argv)
    return RunRequest(
        digest=image,
        args=(*argv, *_options(options), "--sandbox", _SANDBOX, f"{_SANDBOX}/{_IMAGE}", "--"),
        immutable_input_digests=process.immutable_input_digests,
    )


def _options(options: ScratchImageRunSubsystem) -> List[str]:
    """The options of `scratch-image run`. A value that begins with `-` is part of its argument."""
    lists = (("entrypoint", options.entrypoint), ("env", options.env), ("mount", options.mounts))
    found = [f"--{name}={value}" for name, values in lists for value in values]
    singles = (("platform", options.platform), ("user", options.user), ("network", options.network))
    found += [f"--{name}={value}" for name, value in singles if value]
    flags = ("read_only", "restricted", "low_ports", "allow_weak")
    return found + [f"--{name.replace('_', '-')}" for name in flags if getattr(options, name)]
