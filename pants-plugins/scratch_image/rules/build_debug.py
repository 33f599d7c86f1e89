"""A debug image: the layers of the image that it is of, which is packaged as ever, and one layer of tools."""

from __future__ import annotations

import dataclasses
from typing import Dict, Tuple

from pants.core.goals.package import BuiltPackage
from pants.engine.fs import Digest
from pants.engine.target import Targets

from scratch_image.assembler.plan import LayerPlan
from scratch_image.attest.attachments import NOTHING
from scratch_image.engine import fs, targets
from scratch_image.image.debug import DebugTool, debug_names, debug_run
from scratch_image.oci.image import BuiltIndex, build_image, build_index
from scratch_image.oci.names import CREATED_BY_TOOLS
from scratch_image.oci.platform import Platform
from scratch_image.report.image_json import ImageReport
from scratch_image.rules.build import UnfitProgram, image_layer
from scratch_image.rules.built_image import FinishedImage, built_image
from scratch_image.rules.contents import BuiltLayer
from scratch_image.rules.debug_tools import DebugInspection, DebugPlatform, Production, inspect_debug
from scratch_image.rules.image_files import package_of
from scratch_image.rules.layer import LayerRequest, layers
from scratch_image.rules.output_conflicts import OutputConflicts, directory_in_dist
from scratch_image.rules.packers import refuse_to_be_packed
from scratch_image.rules.read_debug import ReadDebug, read_debug
from scratch_image.rules.repository import Cycles
from scratch_image.targets.field_sets import ScratchImageDebugFieldSet
from scratch_image.targets.options import ScratchImageSubsystem
from scratch_image.targets.output import ScratchImageSkipPushField


async def _content(tools: Tuple[DebugTool, ...], read: ReadDebug, of: DebugPlatform) -> Digest:
    """The contents of a layer, as the entries name them."""
    parts = []
    for number, tool in enumerate(tools):
        tree = read.trees[tool.address_for(of.platform) or ""]
        parts.append(await fs.add_prefix(tree.content, str(number)))
    return await fs.merge(parts)


async def _tool_layers(read: ReadDebug, of: FinishedImage, inspection: DebugInspection) -> Dict[Platform, BuiltLayer]:
    """The layer of tools of each platform."""
    requests = []
    for each in inspection.platforms:
        plan = LayerPlan(of.contents.with_directories(each.tools.entries), of.spec.compression)
        requests.append(LayerRequest(plan, await _content(read.spec.tools, read, each)))
    every = (BuiltLayer(CREATED_BY_TOOLS, layer) for layer in await layers(requests))
    return dict(zip((each.platform for each in inspection.platforms), every))


async def _finished(
    read: ReadDebug, of: FinishedImage, inspection: DebugInspection, written: Dict[Platform, BuiltLayer]
) -> FinishedImage:
    reports = tuple(
        _report(read, of, report, each, written[each.platform]) for report, each in zip(of.reports, inspection.platforms)
    )
    images = tuple(report.image for report in reports)
    image = build_index(images, of.spec.annotations) if isinstance(of.image, BuiltIndex) else images[0]
    blobs = await fs.merge((of.blobs, *(layer.written.digest for layer in written.values())))
    names, unnamed = debug_names(of.names)
    every = (*of.unnamed, *unnamed)
    # What is attached to the image is not about this one.
    return dataclasses.replace(of, image=image, reports=reports, blobs=blobs, names=names, unnamed=every, attested=NOTHING)


def _report(read: ReadDebug, of: FinishedImage, report: ImageReport, each: DebugPlatform, tools: BuiltLayer) -> ImageReport:
    """The image of one platform: what the image is of, and the tools."""
    spec = of.spec
    run = debug_run(spec.run, read.spec.entrypoint, each.tools.directories)
    every = (*report.image.layers, image_layer(tools, spec.compression.media_type))
    image = build_image(each.platform, run, spec.created, spec.annotations, every)
    findings = (*report.findings, *(finding.to_dict() for finding in each.findings))
    layers = (*report.layers, tools.written.facts)
    return dataclasses.replace(report, image=image, layers=layers, findings=findings, modules=None)


def _shell(inspection: DebugInspection) -> Tuple[str, ...]:
    """A shell that is at one place on all platforms; empty if there is none."""
    shells = {each.tools.shell() for each in inspection.platforms}
    return shells.pop() if len(shells) == 1 else ()


async def build_debug_package(
    field_set: ScratchImageDebugFieldSet, options: ScratchImageSubsystem, conflicts: OutputConflicts, cycles: Cycles
) -> BuiltPackage:
    """Raises what packaging the image raises, InvalidScratchImage, UnusableArtifact, FailedTarget, UnfitProgram and
    ProcessFailed."""
    read = await read_debug(field_set, options, conflicts, cycles)
    (package,) = await targets.packages(Targets((read.image,)))
    of = built_image(package).made
    assert of, "an image that is packaged is made"
    await refuse_to_be_packed(read.address, of.spec.written)
    platforms = tuple(report.image.platform for report in of.reports)
    inspection = await inspect_debug(read, Production(of.spec, of.contents, platforms))
    if inspection.failure:
        raise UnfitProgram(inspection.failure)
    written = await _tool_layers(read, of, inspection)
    finished = await _finished(read, of, inspection, written)
    lines = (f"  debugs    {read.image.address}, {of.image.root.digest}", *inspection.notes)
    kept_by = str(read.image.address) if read.image[ScratchImageSkipPushField].value else ""
    shell = None if read.spec.entrypoint else _shell(inspection)
    return await package_of(finished, directory_in_dist(field_set.output_path), lines, kept_by, shell)
