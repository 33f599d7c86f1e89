"""`./pants validate-images`: what `package` wrote to dist/, derived again from its bytes."""

from __future__ import annotations

from pants.base.build_root import BuildRoot
from pants.core.util_rules.distdir import DistDir
from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import collect_rules, goal_rule
from pants.engine.target import Targets
from pants.util.strutil import help_text

from scratch_image.engine import requests as engine
from scratch_image.rules import validator
from scratch_image.rules.requests import Interpreter
from scratch_image.targets.field_sets import ScratchImageFieldSet


class ValidateImagesSubsystem(GoalSubsystem):
    name = "validate-images"
    help = help_text(
        """
        Validate the scratch images in dist/.

        Reads what `package` wrote, the layout, the archive and `image.json`, and derives every digest, size and platform in
        them again. Exits with 1 if anything is not as it says, and with 2 if an image is not there.
        """
    )


class ValidateImages(Goal):
    subsystem_cls = ValidateImagesSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def validate_images(
    targets: Targets, dist: DistDir, build_root: BuildRoot, console: Console, interpreter: Interpreter
) -> ValidateImages:
    images = [ScratchImageFieldSet.create(target) for target in targets if ScratchImageFieldSet.is_applicable(target)]
    paths = {image.address: str(dist.relpath / image.output_path.value_or_default(file_ending=None)) for image in images}
    missing = [address for address, path in paths.items() if not (build_root.pathlib_path / path).is_dir()]
    for address in missing:
        console.print_stderr(f"{address}: there is no {paths[address]}; make it with: ./pants package {address}")
    there = tuple(path for address, path in paths.items() if address not in missing)
    if not images:
        console.print_stderr("There is no `scratch_image` among these targets.")
    exit_code = await engine.run_interactively(await validator.command(interpreter, there)) if there else 0
    return ValidateImages(2 if missing else exit_code)


def rules():
    return collect_rules()
