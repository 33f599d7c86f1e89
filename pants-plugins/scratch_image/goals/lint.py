"""`./pants lint` for `scratch_image` and `scratch_image_debug`: the findings of every image, without writing a layer."""

from __future__ import annotations

import time
from typing import Any, List

from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.engine.internals.session import RunId
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from scratch_image.engine.errors import ScratchImageError
from scratch_image.rules.debug_tools import Production, inspect_debug
from scratch_image.rules.inspection import inspect, read_programs
from scratch_image.rules.output_conflicts import OutputConflicts
from scratch_image.rules.read_debug import read_debug
from scratch_image.rules.read_image import read_image
from scratch_image.rules.repository import Cycles
from scratch_image.targets.field_sets import ScratchImageDebugFieldSet, ScratchImageFieldSet
from scratch_image.targets.options import ScratchImageSubsystem


def _result(linter: str, image: str, *, shown: str = "", failure: str = "", failed: bool = False) -> LintResult:
    """`shown` are findings, which begin with the image; `failed`: one stops it; `failure` says why there are none."""
    return LintResult(
        1 if failure or failed else 0,
        f"{shown}\n" if shown else "",
        f"{failure}\n" if failure else "",
        linter_name=linter,
        partition_description=None if shown else image,
    )


class LintScratchImages(LintTargetsRequest):
    """The images of a run, each a partition of its own."""

    field_set_type = ScratchImageFieldSet
    tool_subsystem = ScratchImageSubsystem  # type: ignore[assignment]
    partitioner_type = PartitionerType.DEFAULT_ONE_PARTITION_PER_INPUT


@rule(desc="Lint scratch images", level=LogLevel.DEBUG)
async def lint_scratch_images(
    request: LintScratchImages.Batch[ScratchImageFieldSet, Any],
    options: ScratchImageSubsystem,
    conflicts: OutputConflicts,
    cycles: Cycles,
    run_id: RunId,
) -> LintResult:
    """`run_id` differs in each run: the daemon must not remember findings that depend on the date."""
    (field_set,) = request.elements
    image = str(field_set.address)
    try:
        read = await read_image(field_set, options, conflicts, cycles)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        inspection = await inspect(read, await read_programs(read), now)
    except ScratchImageError as error:
        return _result(request.tool_name, image, failure=str(error))
    shown = inspection.shown(infos=options.lint_infos)
    return _result(request.tool_name, image, shown=shown, failed=bool(inspection.failure))


class LintScratchImageDebugs(LintTargetsRequest):
    """The debug images of a run, each a partition of its own."""

    field_set_type = ScratchImageDebugFieldSet
    tool_subsystem = ScratchImageSubsystem  # type: ignore[assignment]
    partitioner_type = PartitionerType.DEFAULT_ONE_PARTITION_PER_INPUT


@rule(desc="Lint debug images", level=LogLevel.DEBUG)
async def lint_scratch_image_debugs(
    request: LintScratchImageDebugs.Batch[ScratchImageDebugFieldSet, Any],
    options: ScratchImageSubsystem,
    conflicts: OutputConflicts,
    cycles: Cycles,
) -> LintResult:
    """What is found in the tools. What is found in the image is a result of its own."""
    (field_set,) = request.elements
    debug = str(field_set.address)
    failure, shown = "", ""
    try:
        read = await read_debug(field_set, options, conflicts, cycles)
        image = await read_image(ScratchImageFieldSet.create(read.image), options, conflicts, cycles)
        inspection = await inspect(image, await read_programs(image))
        platforms = tuple(build.platform for build in inspection.builds if build.platform)
        if inspection.failure or len(platforms) < len(inspection.builds):
            failure = f"{debug} cannot be made, because {image.address} cannot: see its own findings"
        else:
            found = await inspect_debug(read, Production(image.spec, image.contents.contents, platforms))
            failure, shown = found.failure, "\n".join((debug, *found.notes)) if found.notes else ""
    except ScratchImageError as error:
        failure = str(error)
    return _result(request.tool_name, debug, shown="" if failure else shown, failure=failure)


def rules() -> List[object]:
    """The rules of the goal."""
    return [*collect_rules(), *LintScratchImages.rules(), *LintScratchImageDebugs.rules()]
