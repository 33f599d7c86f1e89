"""`./pants package` for `scratch_image`: from a target's fields to a directory in dist/."""

from __future__ import annotations

import logging
from typing import Optional, Tuple

from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact, PackageFieldSet
from pants.engine.fs import FileContent
from pants.engine.rules import collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from scratch_image import engine
from scratch_image.binary.facts import BinaryFacts
from scratch_image.certificates.facts import BundleFacts
from scratch_image.checks.findings import Finding
from scratch_image.field_sets import ScratchImageFieldSet
from scratch_image.image_spec import ImageSpec
from scratch_image.oci.compression import Compression
from scratch_image.oci.image import Layer as ImageLayer
from scratch_image.oci.image import build_image, build_index
from scratch_image.oci.layout import layout_files
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor
from scratch_image.report import ImageReport, RuntimeFilesReport, image_json, log_lines
from scratch_image.requests import (
    ArtifactRequest,
    BinaryLayerRequest,
    Layer,
    OutputConflicts,
    Program,
    ProgramRequest,
    RuntimeLayerRequest,
)
from scratch_image.runtime_files import catalog
from scratch_image.runtime_files.layer_plan import openssl_link, special_directories
from scratch_image.subsystem import ScratchImageSubsystem
from scratch_image.util_rules import tool_env
from scratch_image.util_rules.inspection import ReadImage, inspect, read_image

logger = logging.getLogger(__name__)


class UnfitProgram(Exception):
    """The program can not run in an image from scratch, or not as the target says; the text holds every reason."""


def _image_layer(layer: Layer, compression: Compression, created_by: str) -> ImageLayer:
    descriptor = Descriptor(compression.media_type, layer.facts.digest, layer.facts.size)
    return ImageLayer(descriptor, layer.facts.diff_id, created_by)


def _runtime_layer(read: ReadImage, facts: BinaryFacts) -> Optional[RuntimeLayerRequest]:
    """The layer of the runtime files below one program; None where no files are asked for."""
    spec = read.spec
    bundle = read.bundle.content if read.bundle else None
    if not spec.runtime_files and not bundle:
        return None
    needs = facts.program.needs if facts.program else None
    link = openssl_link(needs.openssl_cert_file if needs else None, spec.runtime_files, bool(bundle), spec.binary_path)
    return RuntimeLayerRequest(spec.runtime_files, bundle, link, spec.compression)


def _report(
    spec: ImageSpec, platform: Platform, runtime: Optional[Layer], program: Program, findings: Tuple[Finding, ...]
) -> ImageReport:
    """One platform's image, made of its layers."""
    layers = [_image_layer(runtime, spec.compression, "scratch_image runtime files")] if runtime else []
    layers.append(_image_layer(program.layer, spec.compression, "scratch_image binary"))
    image = build_image(platform, spec.run, spec.created, spec.annotations, tuple(layers))
    written = tuple(layer.facts for layer in (runtime, program.layer) if layer)
    return ImageReport(image, written, program.facts, findings)


@rule(desc="Package a scratch image", level=LogLevel.DEBUG)
async def package_scratch_image(
    field_set: ScratchImageFieldSet, options: ScratchImageSubsystem, conflicts: OutputConflicts
) -> BuiltPackage:
    read = await read_image(field_set, options, conflicts)
    spec = read.spec
    artifacts = await engine.artifacts(ArtifactRequest(binary, consumer=field_set.address) for binary in read.binaries)
    directories = special_directories(spec.runtime_files, spec.binary_path)
    programs = await engine.programs(
        ProgramRequest(BinaryLayerRequest(artifact.content, spec.binary_path, spec.compression, directories))
        for artifact in artifacts
    )
    inspection = inspect(field_set.address, read, artifacts, tuple(program.facts for program in programs))
    if inspection.failure:
        # Pants shows the error of one of several packages that fail, and cancels the others: the log has them all.
        logger.error(inspection.failure)
        raise UnfitProgram(f"{inspection.failure}\n  `lint` shows the findings of every image.")
    requests = [_runtime_layer(read, program.facts) for program in programs]
    runtime = iter(await engine.runtime_layers(request for request in requests if request))
    below = [next(runtime) if request else None for request in requests]
    reports = tuple(
        _report(spec, platform, *rest)
        for platform, *rest in zip(inspection.platforms, below, programs, inspection.findings)
        if platform
    )
    images = tuple(report.image for report in reports)
    image = build_index(images, spec.annotations) if spec.by_platform else images[0]

    contents = [FileContent(f"oci/{path}", content) for path, content in layout_files(image).items()]
    runtime_files = _runtime_files_report(spec, read.bundle.facts if read.bundle else None)
    contents.append(FileContent("image.json", image_json(image.root, reports, runtime_files, spec.omitted)))
    layers = [layer for layer in (*below, *(program.layer for program in programs)) if layer]
    blobs = await engine.add_prefix(await engine.merge(layer.digest for layer in layers), "oci")
    directory = field_set.output_path.value_or_default(file_ending=None)
    digest = await engine.add_prefix(await engine.merge((blobs, await engine.create(contents))), directory)
    lines = (*log_lines(image.root, reports), *inspection.notes)
    return BuiltPackage(digest, (BuiltPackageArtifact(directory, lines),))


def _runtime_files_report(spec: ImageSpec, bundle: Optional[BundleFacts]) -> RuntimeFilesReport:
    lock = tool_env.own_file("runtime_files/requirements.txt").decode("utf-8")
    return RuntimeFilesReport(spec.runtime_files, catalog.versions(spec.runtime_files, lock), bundle)


def rules():
    return [*collect_rules(), UnionRule(PackageFieldSet, ScratchImageFieldSet)]
