"""`./pants compare-images`: whether images are what registries hold under their names, and why not."""

from __future__ import annotations

import json
from typing import List

from pants.base.build_root import BuildRoot
from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import collect_rules, goal_rule
from pants.engine.target import Targets
from pants.option.global_options import GlobalOptions
from pants.option.option_types import BoolOption, IntOption, StrOption
from pants.util.strutil import softwrap

from scratch_image.engine.errors import ScratchImageError
from scratch_image.rules.compared_images import asked, older
from scratch_image.rules.comparer import Reach, compared
from scratch_image.targets.field_sets import is_image
from scratch_image.targets.options import ScratchImageSubsystem


class CompareImagesSubsystem(GoalSubsystem):
    """The goal `compare-images`."""

    name = "compare-images"
    help = softwrap(
        """
        Compare scratch images with what registries hold under their names.

        Packages the images, without writing to dist/, and prints a line for each: `same`; `differs because`, with the most
        important reasons first; or `not there`. The last line has the bytes that `publish` would send. Exits with 0, and
        with 2 if it cannot be told of an image what its names hold.
        """
    )

    against = StrOption(
        default=None,
        help=softwrap(
            """
            What the images are compared with in place of registries: an older `dist/`, whose images may be no more than
            their `image.json`; or of a single image a layout, an archive, a directory that `package` wrote, or its
            `image.json`. The path is relative to the root of the repository.
            """
        ),
    )
    check = BoolOption(
        default=False, help="Whether the exit status is 1 if an image is not the same as what each of its names holds."
    )
    reasons = IntOption(default=3, help="The number of reasons that are printed of an image; 0 for all.")
    json = BoolOption(default=False, help="Whether the result is printed as JSON, by address.")
    timeout = IntOption(default=600, help="The time limit in seconds for what is asked of registries, retries included.")


class CompareImages(Goal):
    """The outcome of `compare-images`."""

    subsystem_cls = CompareImagesSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def compare_images(
    targets: Targets,
    console: Console,
    options: CompareImagesSubsystem,
    own: ScratchImageSubsystem,
    global_options: GlobalOptions,
    build_root: BuildRoot,
) -> CompareImages:
    """The images among the targets."""
    images = [target for target in targets if is_image(target)]
    if not images:
        console.print_stderr("None of these targets is a `scratch_image` or `scratch_image_debug`.")
    try:
        against = older(options.against, build_root, len(images))
        reach = Reach(own, global_options, build_root, float(options.timeout), against)
        found = await compared(await asked(images, against), reach)
    except ScratchImageError as error:
        console.print_stderr(str(error))
        return CompareImages(2)
    if options.json:
        console.print_stdout(json.dumps(found.to_dict(), indent=2, sort_keys=True, ensure_ascii=True))
    elif images:
        console.print_stdout("\n".join(found.lines(max(0, options.reasons))))
    return CompareImages(found.exit_code(check=options.check))


def rules() -> List[object]:
    """The rules of the goal."""
    return [*collect_rules()]
