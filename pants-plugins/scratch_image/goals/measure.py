"""`./pants measure-images`: how large images are, and because of what."""

from __future__ import annotations

import json
from typing import List, Optional

from pants.base.build_root import BuildRoot
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
from scratch_image.rules.sizes_file import InvalidSizesFile, drawings, output_file, renewed
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
    build_root: BuildRoot,
    options: MeasureImagesSubsystem,
    own: ScratchImageSubsystem,
) -> MeasureImages:
    """The images among the targets. An image that cannot be made ends the goal with exit status 1."""
    images = Targets(target for target in targets if ScratchImageFieldSet.is_applicable(target))
    if not images:
        console.print_stderr("None of these targets is a `scratch_image`.")
        return MeasureImages(0)
    try:
        html, svg = (
            output_file(path, f"--measure-images-{name}", build_root.path)
            for name, path in (("html", options.html), ("svg", options.svg))
        )
        if options.write:
            output_file(own.sizes_file, "[scratch-image].sizes_file", build_root.path)
        _check_drawings(html, svg, images)
        built = await packages(images)
        addresses = tuple(image.address for image in images)
        with_parts = options.write or bool(html or svg) or options.depth > 0
        found = await sizes(addresses, built, with_parts=with_parts)
        if html or svg:
            workspace.write_digest(await drawings(found, html, svg))
            console.print_stderr("\n".join(f"Wrote {path}" for path in (html, svg) if path))
        if options.write:
            workspace.write_digest(await renewed(own.sizes_file, found))
            console.print_stderr(f"Wrote {own.sizes_file}")
    except ScratchImageError as error:
        console.print_stderr(str(error))
        return MeasureImages(1)
    if options.json:
        values = {str(image.address): image.to_dict() for image in found}
        console.print_stdout(json.dumps(values, indent=2, sort_keys=True, ensure_ascii=True))
    elif not (html or svg or options.write):
        console.print_stdout("\n\n".join("\n".join(image.lines(options.depth)) for image in found))
    return MeasureImages(0)


def _check_drawings(html: Optional[str], svg: Optional[str], images: Targets) -> None:
    """Raises InvalidSizesFile, before anything is packaged."""
    if svg and len(images) != 1:
        raise InvalidSizesFile(f"option `--measure-images-svg`: a picture is of one image, and these are {len(images)}")
    if svg and svg == html:
        raise InvalidSizesFile(
            f"options `--measure-images-html` and `--measure-images-svg`: {svg!r} is in both; name two files"
        )


def rules() -> List[object]:
    """The rules of the goal."""
    return [*collect_rules()]
