"""The command that starts a packaged image in the terminal: our files and libraries, and the options of a run."""

from __future__ import annotations

from typing import List, Tuple

from pants.core.goals.package import BuiltPackage
from pants.core.goals.run import RunRequest
from pants.engine.addresses import Address

from scratch_image.engine import fs
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.tool import MAIN, Tool
from scratch_image.rules import tools
from scratch_image.rules.built_image import BuiltScratchImage, built_image
from scratch_image.targets.run_options import ScratchImageRunSubsystem

# The library that compresses layers with zstd also unpacks them.
TOOL = Tool("scratch_image.run.__main__", libraries="assembler")
_IMAGE = "image"
# Pants puts the path of the sandbox in its place, in the user's arguments as well.
_SANDBOX = "{chroot}"


class NoShell(ScratchImageError):
    """A debug image has no shell, and nothing says what to start."""


async def command(target: Address, package: BuiltPackage, options: ScratchImageRunSubsystem) -> RunRequest:
    """Starts the image that a target was packaged to, of a debug image the shell; what the user writes after `--` follows.
    Raises NoShell, NoInterpreter, NoPexInterpreter and ProcessFailed."""
    built = built_image(package)
    image = await fs.add_prefix(built.contents, _IMAGE)
    process = await tools.process(TOOL, (), description="Run an image", input_digest=image, runs_programs=True)
    own = (f"--target={target}", "--sandbox", _SANDBOX)
    argv = (f"{_SANDBOX}/{arg}" if arg == MAIN else arg for arg in process.argv)
    return RunRequest(
        digest=image,
        args=(*argv, *_options(options, _entrypoint(target, built, options)), *own, f"{_SANDBOX}/{_IMAGE}", "--"),
        immutable_input_digests=process.immutable_input_digests,
    )


def _entrypoint(target: Address, built: BuiltScratchImage, options: ScratchImageRunSubsystem) -> Tuple[str, ...]:
    """What is started in place of the image's own entrypoint, if anything is."""
    if options.entrypoint or built.shell is None:
        return tuple(options.entrypoint)
    if not built.shell:
        raise NoShell(
            f"{target}: field `tools`: there is no shell in it (bash, sh, busybox or the like) at one place on all "
            "platforms; name what to start in the field `entrypoint`, or with --scratch-image-run-entrypoint"
        )
    return built.shell


def _options(options: ScratchImageRunSubsystem, entrypoint: Tuple[str, ...]) -> List[str]:
    """The options of `scratch-image run`. A value that begins with `-` is part of its argument."""
    lists = (("entrypoint", entrypoint), ("env", options.env), ("mount", options.mounts))
    found = [f"--{name}={value}" for name, values in lists for value in values]
    singles = (("platform", options.platform), ("user", options.user), ("network", options.network))
    found += [f"--{name}={value}" for name, value in singles if value]
    flags = ("read_only", "restricted", "low_ports", "allow_weak")
    return found + [f"--{name.replace('_', '-')}" for name in flags if getattr(options, name)]
