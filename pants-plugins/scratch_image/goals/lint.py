"""`./pants lint` for `scratch_image`: the findings of every image, without writing a layer."""

from __future__ import annotations

import time
from typing import Any

from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.engine.internals.session import RunId
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from scratch_image import engine
from scratch_image.checks.findings import show
from scratch_image.field_sets import ScratchImageFieldSet
from scratch_image.requests import ArtifactRequest, FactsRequest, OutputConflicts
from scratch_image.subsystem import ScratchImageSubsystem
from scratch_image.util_rules.artifact import UnusableArtifact
from scratch_image.util_rules.inspection import InvalidScratchImage, inspect, read_image


class LintScratchImages(LintTargetsRequest):
    field_set_type = ScratchImageFieldSet
    tool_subsystem = ScratchImageSubsystem
    partitioner_type = PartitionerType.DEFAULT_ONE_PARTITION_PER_INPUT


@rule(desc="Lint scratch images", level=LogLevel.DEBUG)
async def lint_scratch_images(
    request: LintScratchImages.Batch[ScratchImageFieldSet, Any],
    options: ScratchImageSubsystem,
    conflicts: OutputConflicts,
    run_id: RunId,
) -> LintResult:
    """`run_id` is another one in each run: the daemon must not remember what was said on another day."""
    (field_set,) = request.elements
    try:
        read = await read_image(field_set, options, conflicts)
        artifact = await engine.artifact(ArtifactRequest(read.binary, consumer=field_set.address))
    except (InvalidScratchImage, UnusableArtifact) as error:
        return LintResult(1, "", f"{error}\n", linter_name=request.tool_name, partition_description=str(field_set.address))
    facts = await engine.facts(FactsRequest(artifact.content))
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    inspection = inspect(field_set.address, read, artifact, facts, now)
    shown = "\n".join(filter(None, (show(inspection.findings, str(field_set.address)), *inspection.unused)))
    return LintResult(
        1 if inspection.failure else 0,
        f"{field_set.address}\n{shown}\n" if shown else "",
        "",
        linter_name=request.tool_name,
        partition_description=str(field_set.address),
    )


def rules():
    return [*collect_rules(), *LintScratchImages.rules()]
