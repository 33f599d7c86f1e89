"""`./pants validate-images`: what `package` wrote to dist/, recomputed from its bytes."""

from __future__ import annotations

from typing import List, Tuple

from pants.base.build_root import BuildRoot
from pants.core.util_rules.distdir import DistDir
from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import collect_rules, goal_rule
from pants.engine.target import Targets
from pants.option.option_types import BoolOption
from pants.util.docutil import bin_name
from pants.util.strutil import softwrap

from scratch_image.engine.processes import run_interactively
from scratch_image.rules import validator
from scratch_image.rules.output_conflicts import directory_in_dist
from scratch_image.targets.field_sets import is_image
from scratch_image.targets.output import ScratchImageOutputPathField


class ValidateImagesSubsystem(GoalSubsystem):
    """The goal `validate-images`."""

    name = "validate-images"
    help = softwrap(
        """
        Validate the scratch images in dist/.

        Reads what `package` wrote, the layout, the archive and `image.json`, and derives again what they state. Exits with 1
        if anything differs, and with 2 if an image is missing.
        """
    )

    quick = BoolOption(
        default=False,
        help="Whether only documents are read, and sizes compared: that finds what was written in part, in milliseconds.",
    )
    recompress = BoolOption(
        default=False,
        help="Whether each layer is compressed again by the recipe that `image.json` names for it.",
    )

    @property
    def flags(self) -> Tuple[str, ...]:
        """For the command."""
        return ("--quick",) if self.quick else ("--recompress",) if self.recompress else ()


class ValidateImages(Goal):
    """The outcome of `validate-images`."""

    subsystem_cls = ValidateImagesSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def validate_images(
    targets: Targets, dist: DistDir, build_root: BuildRoot, console: Console, options: ValidateImagesSubsystem
) -> ValidateImages:
    """The images among the targets; those that are missing in dist/ are named, and the others validated."""
    images = [target for target in targets if is_image(target)]
    there = []
    for image in images:
        try:
            path = str(dist.relpath / directory_in_dist(image[ScratchImageOutputPathField]))
        except ValueError as error:
            console.print_stderr(f"{image.address}: field `output_path`: {error}")
            continue
        if (build_root.pathlib_path / path).is_dir():
            there.append(path)
        else:
            package = f"{bin_name()} package"
            console.print_stderr(f"{image.address}: {path} does not exist; make it with: {package} {image.address}")
    if not images:
        console.print_stderr("None of these targets is a `scratch_image`.")
    exit_code = await run_interactively(await validator.command(tuple(there), options.flags)) if there else 0
    return ValidateImages(2 if len(there) < len(images) else exit_code)


def rules() -> List[object]:
    """The rules of the goal."""
    return [*collect_rules()]
