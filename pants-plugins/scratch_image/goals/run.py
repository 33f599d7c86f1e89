"""`./pants run` for `scratch_image` and `scratch_image_debug`: the image is packaged and started, without a container
engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List

from pants.core.goals.run import RunFieldSet, RunInSandboxBehavior, RunRequest
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from scratch_image.engine.targets import packages, targets
from scratch_image.rules import runner
from scratch_image.targets.output import ScratchImageOutputPathField
from scratch_image.targets.run_options import ScratchImageRunSubsystem


@dataclass(frozen=True)
class RunScratchImageFieldSet(RunFieldSet):
    """A target that makes an image: only those have the field."""

    required_fields = (ScratchImageOutputPathField,)
    # It shows the machine, and a sandbox may not make namespaces.
    run_in_sandbox_behavior = RunInSandboxBehavior.NOT_SUPPORTED

    output_path: ScratchImageOutputPathField


@rule(desc="Prepare to run a scratch image", level=LogLevel.DEBUG)
async def run_scratch_image(field_set: RunScratchImageFieldSet, options: ScratchImageRunSubsystem) -> RunRequest:
    """Raises what packaging raises, and a ScratchImageError."""
    (package,) = await packages(await targets(field_set.address))
    return await runner.command(field_set.address, package, options)


def rules() -> List[object]:
    """The rules of the goal."""
    return [*collect_rules(), *RunScratchImageFieldSet.rules()]
