"""`./pants package` for `scratch_image`: from a target's fields to a directory in dist/."""

from __future__ import annotations

import logging
from typing import Optional, Tuple, Union

from pants.core.goals.package import BuiltPackage, PackageFieldSet
from pants.engine.fs import Digest, FileContent
from pants.engine.rules import collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from scratch_image.binary.facts import BinaryFacts
from scratch_image.certificates.facts import BundleFacts
from scratch_image.checks.findings import Finding
from scratch_image.engine import requests as engine
from scratch_image.image.names import Name
from scratch_image.image.spec import ImageSpec
from scratch_image.image.values import capability_xattr
from scratch_image.oci.compression import Compression
from scratch_image.oci.docker_archive import archive_files
from scratch_image.oci.image import Image, Index, build_image, build_index
from scratch_image.oci.image import Layer as ImageLayer
from scratch_image.oci.layout import layout_files
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor
from scratch_image.report.image_json import ImageReport, RuntimeFilesReport, image_json
from scratch_image.report.log_lines import log_lines
from scratch_image.rules import archive, tool_env
from scratch_image.rules.contents import content_layers
from scratch_image.rules.inspection import Inspection, ReadImage, inspect, read_image
from scratch_image.rules.presence import ensure_here
from scratch_image.rules.requests import (
    ArchiveRequest,
    Artifact,
    ArtifactRequest,
    BinaryLayerRequest,
    BuiltScratchImage,
    FactsRequest,
    Layer,
    OutputConflicts,
    Program,
    ProgramRequest,
    RuntimeLayerRequest,
)
from scratch_image.runtime_files import catalog, layer_plan
from scratch_image.targets.field_sets import ScratchImageFieldSet
from scratch_image.targets.options import ScratchImageSubsystem

logger = logging.getLogger(__name__)


class UnfitProgram(Exception):
    """The program can not run in an image from scratch, or not as the target says; the text holds every reason."""


def _image_layer(layer: Layer, compression: Compression, created_by: str) -> ImageLayer:
    descriptor = Descriptor(compression.media_type, layer.facts.digest, layer.facts.size)
    return ImageLayer(descriptor, layer.facts.diff_id, created_by)


def _binary_layer(read: ReadImage, artifact: Artifact) -> BinaryLayerRequest:
    spec = read.spec
    directories = read.contents.contents.directories_above(spec.binary_path)
    capability = capability_xattr(spec.capabilities) if spec.capabilities else b""
    return BinaryLayerRequest(artifact.content, spec.binary_path, spec.compression, directories, capability)


def _runtime_layer(read: ReadImage, facts: BinaryFacts) -> Optional[RuntimeLayerRequest]:
    """The layer of the runtime files below one program; None where no files are asked for."""
    spec = read.spec
    bundle = read.bundle.content if read.bundle else None
    if not spec.runtime_files and not bundle:
        return None
    needs = facts.program.needs if facts.program else None
    link = layer_plan.openssl_link(
        needs.openssl_cert_file if needs else None, spec.runtime_files, bool(bundle), spec.binary_path
    )
    return RuntimeLayerRequest(spec.runtime_files, bundle, link, spec.compression)


def _report(
    spec: ImageSpec,
    contents: Tuple[Tuple[str, Layer], ...],
    platform: Platform,
    runtime: Optional[Layer],
    program: Program,
    findings: Tuple[Finding, ...],
) -> ImageReport:
    """One platform's image, made of its layers."""
    below = [("scratch_image runtime files", runtime)] if runtime else []
    layers = (*below, *contents, ("scratch_image binary", program.layer))
    described = tuple(_image_layer(layer, spec.compression, kind) for kind, layer in layers)
    image = build_image(platform, spec.run, spec.created, spec.annotations, described)
    said = tuple(finding.to_dict() for finding in findings)
    return ImageReport(image, tuple(layer.facts for _, layer in layers), program.facts, said)


async def _reports(
    read: ReadImage, programs: Tuple[Program, ...], inspection: Inspection
) -> Tuple[Tuple[ImageReport, ...], Digest]:
    """Every platform's image, and the blobs of all their layers."""
    requests = [_runtime_layer(read, program.facts) for program in programs]
    runtime = iter(await engine.runtime_layers(request for request in requests if request))
    below = [next(runtime) if request else None for request in requests]
    contents = await content_layers(read.spec, read.contents)
    reports = tuple(
        _report(read.spec, contents, platform, *rest)
        for platform, *rest in zip(inspection.platforms, below, programs, inspection.findings)
        if platform
    )
    written = (*below, *(layer for _, layer in contents), *(program.layer for program in programs))
    return reports, await engine.merge(layer.digest for layer in written if layer)


def _archive(
    image: Union[Image, Index], reports: Tuple[ImageReport, ...], references: Tuple[str, ...], layers: Digest
) -> ArchiveRequest:
    sizes = {facts.digest.blob_path: facts.size for report in reports for facts in report.layers}
    return ArchiveRequest(layers, tuple(sizes.items()), FrozenDict(archive_files(image, references)))


async def _written(
    read: ReadImage,
    image: Union[Image, Index],
    reports: Tuple[ImageReport, ...],
    blobs: Digest,
    named: Tuple[Tuple[Name, ...], Tuple[str, ...]],
) -> Tuple[Digest, Tuple[str, ...]]:
    """(all files of the image's directory in dist/, lines about them)"""
    names, unnamed = named
    published = tuple(str(name) for name in names if not name.local)
    runtime_files = _runtime_files_report(read.spec, read.bundle.facts if read.bundle else None)
    documents = [FileContent(f"oci/{path}", content) for path, content in layout_files(image).items()]
    report = image_json(image.root, reports, runtime_files, published, read.spec.omitted)
    documents.append(FileContent("image.json", report))
    parts = [await engine.add_prefix(blobs, "oci"), await engine.create(documents)]
    lines = log_lines(image.root, reports)
    if read.spec.archive:
        every = tuple(map(str, names))
        parts.append((await engine.archive(_archive(image, reports, every, blobs))).digest)
        lines = (*lines, f"  archive   {archive.NAME}: {', '.join(every) or 'no name'}", *unnamed)
    return await engine.merge(parts), lines


def _runtime_files_report(spec: ImageSpec, bundle: Optional[BundleFacts]) -> RuntimeFilesReport:
    lock = tool_env.own_file("runtime_files/requirements.txt").decode("utf-8")
    return RuntimeFilesReport(spec.runtime_files, catalog.versions(spec.runtime_files, lock), bundle)


@rule(desc="Package a scratch image", level=LogLevel.DEBUG)
async def package_scratch_image(
    field_set: ScratchImageFieldSet,
    options: ScratchImageSubsystem,
    conflicts: OutputConflicts,
    global_options: GlobalOptions,
) -> BuiltPackage:
    read = await read_image(field_set, options, conflicts)
    spec = read.spec
    artifacts = await engine.artifacts(ArtifactRequest(binary, consumer=field_set.address) for binary in read.binaries)
    programs = await engine.programs(ProgramRequest(_binary_layer(read, artifact)) for artifact in artifacts)
    helpers = await engine.facts(FactsRequest(helper.content) for helper in read.contents.helpers)
    inspection = inspect(field_set.address, read, artifacts, tuple(program.facts for program in programs), helpers)
    if inspection.failure:
        # Pants shows the error of one of several packages that fail, and cancels the others: the log has them all.
        logger.error(inspection.failure)
        raise UnfitProgram(f"{inspection.failure}\n  `lint` shows the findings of every image.")
    reports, blobs = await _reports(read, programs, inspection)
    images = tuple(report.image for report in reports)
    image = build_index(images, spec.annotations) if spec.by_platform else images[0]

    named = read.names.of(image.root.digest)
    digest, lines = await _written(read, image, reports, blobs, named)
    directory = field_set.output_path.value_or_default(file_ending=None)
    built = BuiltScratchImage(
        directory, (*lines, *inspection.notes), image.root.digest, *named, spec.omitted, f"{directory}/oci"
    )
    package = await engine.add_prefix(digest, directory)
    await ensure_here(field_set.address, package, global_options)
    return BuiltPackage(package, (built,))


def rules():
    return [*collect_rules(), UnionRule(PackageFieldSet, ScratchImageFieldSet)]
