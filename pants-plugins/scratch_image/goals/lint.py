"""`./pants lint` for `scratch_image`: the findings of every image, without writing a layer."""

from __future__ import annotations

import time
from typing import Any

from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.engine.internals.session import RunId
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from scratch_image.checks.findings import show
from scratch_image.engine import requests as engine
from scratch_image.rules.artifact import UnusableArtifact
from scratch_image.rules.inspection import InvalidScratchImage, inspect, read_image
from scratch_image.rules.requests import ArtifactRequest, FactsRequest, OutputConflicts
from scratch_image.targets.field_sets import ScratchImageFieldSet
from scratch_image.targets.options import ScratchImageSubsystem


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
    image = field_set.address
    try:
        read = await read_image(field_set, options, conflicts)
        artifacts = await engine.artifacts(ArtifactRequest(binary, consumer=image) for binary in read.binaries)
    except (InvalidScratchImage, UnusableArtifact) as error:
        return LintResult(1, "", f"{error}\n", linter_name=request.tool_name, partition_description=str(image))
    facts = await engine.facts(FactsRequest(artifact.content) for artifact in artifacts)
    helpers = await engine.facts(FactsRequest(helper.content) for helper in read.contents.helpers)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    inspection = inspect(image, read, artifacts, facts, helpers, now)
    every = dict.fromkeys(finding for findings in inspection.findings for finding in findings)
    shown = "\n".join(filter(None, (show(every, str(image)), *inspection.unused)))
    return LintResult(
        1 if inspection.failure else 0,
        f"{image}\n{shown}\n" if shown else "",
        "",
        linter_name=request.tool_name,
        partition_description=str(image),
    )


def rules():
    return [*collect_rules(), *LintScratchImages.rules()]
