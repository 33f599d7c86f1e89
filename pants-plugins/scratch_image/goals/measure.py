"""`./pants measure-images`: how large images are, and because of what."""

from __future__ import annotations

import json
from typing import List

from pants.engine.console import Console
from pants.engine.fs import Workspace
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import collect_rules, goal_rule
from pants.engine.target import Targets
from pants.option.option_types import BoolOption, IntOption, StrOption
from pants.util.strutil import softwrap

from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.targets import packages
from scratch_image.rules.sizes import sizes
from scratch_image.rules.sizes_file import page_file, picture_file, renewed
from scratch_image.targets.field_sets import ScratchImageFieldSet
from scratch_image.targets.options import ScratchImageSubsystem


class MeasureImagesSubsystem(GoalSubsystem):
    """The goal `measure-images`."""

    name = "measure-images"
    help = softwrap(
        """
        Show how large scratch images are, and because of what.

        Packages the images, without writing to dist/, and prints for each platform the stored and unpacked bytes, the
        layers, the largest files, and whose bytes the program has: Go modules and packages, Rust crates, C++ namespaces, or
        sections.
        """
    )

    depth = IntOption(
        default=1,
        help="How deeply programs are looked into: 0, not at all; 1, by modules; 2, by packages as well.",
    )
    json = BoolOption(default=False, help="Whether the sizes are printed as JSON, by address.")
    write = BoolOption(
        default=False,
        help="Whether the sizes are recorded in `[scratch-image].sizes_file`, in place of what it has of these images.",
    )
    html = StrOption(
        default=None,
        help="The file, relative to the root of the repository, for a page with a treemap per image: `dist/images.html`.",
    )
    svg = StrOption(
        default=None,
        help="The file, relative to the root of the repository, for a picture of one image, to be put into a README.",
    )


class MeasureImages(Goal):
    """The outcome of `measure-images`."""

    subsystem_cls = MeasureImagesSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def measure_images(
    targets: Targets,
    console: Console,
    workspace: Workspace,
    options: MeasureImagesSubsystem,
    own: ScratchImageSubsystem,
) -> MeasureImages:
    """The images among the targets. An image that cannot be made ends the goal with exit status 1."""
    images = Targets(target for target in targets if ScratchImageFieldSet.is_applicable(target))
    if not images:
        console.print_stderr("None of these targets is a `scratch_image`.")
        return MeasureImages(0)
    try:
        built = await packages(images)
        addresses = tuple(image.address for image in images)
        is_drawn = options.html is not None or options.svg is not None
        with_parts = options.write or is_drawn or options.depth > 0
        found = await sizes(addresses, built, with_parts=with_parts)
        if options.html is not None:
            workspace.write_digest(await page_file(found, options.html))
            console.print_stderr(f"Wrote {options.html}")
        if options.svg is not None:
            workspace.write_digest(await picture_file(found, options.svg))
            console.print_stderr(f"Wrote {options.svg}")
        if options.write:
            workspace.write_digest(await renewed(own.sizes_file, found))
            console.print_stderr(f"Wrote {own.sizes_file}")
    except ScratchImageError as error:
        console.print_stderr(str(error))
        return MeasureImages(1)
    if options.json:
        values = {str(image.address): image.to_dict() for image in found}
        console.print_stdout(json.dumps(values, indent=2, sort_keys=True, ensure_ascii=True))
    elif not is_drawn and not options.write:
        console.print_stdout("\n\n".join("\n".join(image.lines(options.depth)) for image in found))
    return MeasureImages(0)


def rules() -> List[object]:
    """The rules of the goal."""
    return [*collect_rules()]
