"""From a `scratch_image` target to the files of its image in dist/."""

from __future__ import annotations

import dataclasses
from typing import Tuple

from pants.core.goals.package import BuiltPackage

from scratch_image.binary.facts import BinaryFacts
from scratch_image.engine import fs
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.own_files import own_file
from scratch_image.image.capabilities import capability_xattr
from scratch_image.oci.image import ImageLayer, build_image, build_index
from scratch_image.oci.names import CREATED_BY_PROGRAM, CREATED_BY_RUNTIME_FILES
from scratch_image.oci.spec import Descriptor
from scratch_image.report.image_json import ImageReport, RuntimeFilesReport
from scratch_image.rules.artifact import Artifact
from scratch_image.rules.attestations import Attestable, attest
from scratch_image.rules.built_image import FinishedImage, ProgramOf
from scratch_image.rules.contents import BuiltLayer, content_layers
from scratch_image.rules.go_modules import modules_of
from scratch_image.rules.image_files import package_of
from scratch_image.rules.inspection import PlatformBuild, inspect, program_files
from scratch_image.rules.output_conflicts import OutputConflicts, directory_in_dist
from scratch_image.rules.packers import refuse_to_be_packed
from scratch_image.rules.program import ProgramRequest, programs
from scratch_image.rules.read_image import ReadImage, read_image
from scratch_image.rules.repository import Cycles
from scratch_image.rules.runtime_layer import RuntimeLayerRequest, runtime_layers
from scratch_image.runtime_files import catalog, layer_plan
from scratch_image.targets.field_sets import ScratchImageFieldSet
from scratch_image.targets.options import ScratchImageSubsystem


class UnfitProgram(ScratchImageError):
    """Findings stop the image; the text holds all of them."""


async def _write_programs(read: ReadImage) -> Tuple[PlatformBuild, ...]:
    """The programs of an image with their facts and their layers."""
    artifacts = await program_files(read)
    written = await programs(_program_request(read, artifact) for artifact in artifacts)
    return tuple(
        PlatformBuild(spec, artifact, program.facts, (BuiltLayer(CREATED_BY_PROGRAM, program.layer),))
        for spec, artifact, program in zip(read.spec.images, artifacts, written)
    )


def _program_request(read: ReadImage, program: Artifact) -> ProgramRequest:
    spec = read.spec
    directories = read.contents.contents.directories_above(spec.binary_path)
    capability = capability_xattr(spec.capabilities) if spec.capabilities else b""
    hashes = read.attestations.hashes
    return ProgramRequest(program.content, spec.binary_path, spec.compression, directories, capability, hashes)


async def _with_all_layers(read: ReadImage, builds: Tuple[PlatformBuild, ...]) -> Tuple[PlatformBuild, ...]:
    """The builds with the layers below their programs: the runtime files, then the other contents."""
    runtime: Tuple[Tuple[BuiltLayer, ...], ...] = ((),) * len(builds)
    if read.spec.runtime_files or read.bundle:
        written = await runtime_layers(_runtime_request(read, build.facts) for build in builds)
        runtime = tuple((BuiltLayer(CREATED_BY_RUNTIME_FILES, layer),) for layer in written)
    contents = await content_layers(read.spec, read.contents, read.attestations.hashes)
    return tuple(
        dataclasses.replace(build, layers=(*below, *contents, *build.layers)) for build, below in zip(builds, runtime)
    )


def _runtime_request(read: ReadImage, facts: BinaryFacts) -> RuntimeLayerRequest:
    spec = read.spec
    bundle = read.bundle.content if read.bundle else None
    needs = facts.program.needs if facts.program else None
    looked_for = needs.openssl_cert_file if needs else None
    link = layer_plan.openssl_link(looked_for, spec.runtime_files, bool(bundle), spec.binary_path)
    return RuntimeLayerRequest(spec.runtime_files, bundle, link, spec.compression, read.attestations.hashes)


def _report(build: PlatformBuild) -> ImageReport:
    """The image of one platform, made of its layers."""
    assert build.platform, "a build without a platform has a finding that stops it"
    spec = build.spec
    layers = tuple(image_layer(layer, spec.compression.media_type) for layer in build.layers)
    image = build_image(build.platform, spec.run, spec.created, spec.annotations, layers)
    findings = tuple(finding.to_dict() for finding in build.findings)
    return ImageReport(image, tuple(layer.written.facts for layer in build.layers), build.facts, findings)


def image_layer(layer: BuiltLayer, media_type: str) -> ImageLayer:
    """What an image says of a layer."""
    facts = layer.written.facts
    return ImageLayer(Descriptor(media_type, facts.digest, facts.size), facts.diff_id, layer.created_by)


async def _with_modules(read: ReadImage, reports: Tuple[ImageReport, ...]) -> Tuple[ImageReport, ...]:
    """The reports with the modules of programs that do not name them, which bills of materials have."""
    if not read.attestations.formats:
        return reports
    found = []
    for spec, report in zip(read.spec.images, reports):
        modules = await modules_of(read.binaries[spec.binary], report.facts)
        found.append(dataclasses.replace(report, modules=modules))
    return tuple(found)


async def build_package(
    field_set: ScratchImageFieldSet, options: ScratchImageSubsystem, conflicts: OutputConflicts, cycles: Cycles
) -> BuiltPackage:
    """Raises InvalidScratchImage, UnusableArtifact, FailedTarget, UnfitProgram and ProcessFailed."""
    read = await read_image(field_set, options, conflicts, cycles)
    await refuse_to_be_packed(read.address, read.spec.written)
    inspection = await inspect(read, await _write_programs(read))
    if inspection.failure:
        raise UnfitProgram(inspection.failure)
    builds = await _with_all_layers(read, inspection.builds)
    reports = await _with_modules(read, tuple(map(_report, builds)))
    images = tuple(report.image for report in reports)
    image = build_index(images, read.spec.annotations) if read.spec.by_platform else images[0]
    blobs = await fs.merge(layer.written.digest for build in builds for layer in build.layers)
    names, unnamed = read.names.of(image.root.digest)
    runtime_files, contents = _runtime_files(read), read.contents.contents
    programs = tuple(build.program.content for build in builds)
    attested = attest(read, Attestable(image, reports, runtime_files, inspection.executables, programs))
    started = tuple(ProgramOf(build.platform, build.program.content) for build in builds if build.platform)
    finished = FinishedImage(image, reports, read.spec, contents, runtime_files, blobs, names, unnamed, attested, started)
    return await package_of(finished, directory_in_dist(field_set.output_path), inspection.notes)


def _runtime_files(read: ReadImage) -> RuntimeFilesReport:
    names = read.spec.runtime_files
    lock = own_file("runtime_files/requirements.txt").decode("utf-8")
    return RuntimeFilesReport(names, catalog.versions(names, lock), read.bundle.facts if read.bundle else None)
