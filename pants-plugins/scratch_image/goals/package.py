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
from scratch_image.field_sets import ScratchImageFieldSet
from scratch_image.image_spec import ImageSpec
from scratch_image.oci.compression import Compression
from scratch_image.oci.image import Layer as ImageLayer
from scratch_image.oci.image import build_image
from scratch_image.oci.layout import layout_files
from scratch_image.oci.spec import Descriptor
from scratch_image.report import RuntimeFilesReport, image_json, log_lines
from scratch_image.requests import (
    ArtifactRequest,
    BinaryLayerRequest,
    FactsRequest,
    Layer,
    OutputConflicts,
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


async def _runtime_layers(read: ReadImage, facts: BinaryFacts) -> Tuple[Layer, ...]:
    """The layer of the runtime files; none where no files are asked for."""
    spec = read.spec
    bundle = read.bundle.content if read.bundle else None
    if not spec.runtime_files and not bundle:
        return ()
    needs = facts.program.needs if facts.program else None
    link = openssl_link(needs.openssl_cert_file if needs else None, spec.runtime_files, bool(bundle), spec.binary_path)
    return (await engine.runtime_layer(RuntimeLayerRequest(spec.runtime_files, bundle, link, spec.compression)),)


@rule(desc="Package a scratch image", level=LogLevel.DEBUG)
async def package_scratch_image(
    field_set: ScratchImageFieldSet, options: ScratchImageSubsystem, conflicts: OutputConflicts
) -> BuiltPackage:
    read = await read_image(field_set, options, conflicts)
    spec = read.spec
    artifact = await engine.artifact(ArtifactRequest(read.binary, consumer=field_set.address))
    directories = special_directories(spec.runtime_files, spec.binary_path)
    facts, layer = await engine.facts_and_layer(
        FactsRequest(artifact.content),
        BinaryLayerRequest(artifact.content, spec.binary_path, spec.compression, directories),
    )
    inspection = inspect(field_set.address, read, artifact, facts)
    if inspection.failure or inspection.platform is None:
        # Pants shows the error of one of several packages that fail, and cancels the others: the log has them all.
        logger.error(inspection.failure)
        raise UnfitProgram(f"{inspection.failure}\n  `lint` shows the findings of every image.")
    runtime = await _runtime_layers(read, facts)
    image_layers = [_image_layer(part, spec.compression, "scratch_image runtime files") for part in runtime]
    image_layers.append(_image_layer(layer, spec.compression, "scratch_image binary"))
    image = build_image(inspection.platform, spec.run, spec.created, spec.annotations, tuple(image_layers))
    layers = tuple(part.facts for part in (*runtime, layer))

    contents = [FileContent(f"oci/{path}", content) for path, content in layout_files(image).items()]
    runtime_files = _runtime_files_report(spec, read.bundle.facts if read.bundle else None)
    contents.append(FileContent("image.json", image_json(image, layers, facts, inspection.findings, runtime_files)))
    blobs = await engine.add_prefix(await engine.merge(part.digest for part in (*runtime, layer)), "oci")
    directory = field_set.output_path.value_or_default(file_ending=None)
    digest = await engine.add_prefix(await engine.merge((blobs, await engine.create(contents))), directory)
    lines = (*log_lines(image, layers), *inspection.notes)
    return BuiltPackage(digest, (BuiltPackageArtifact(directory, lines),))


def _runtime_files_report(spec: ImageSpec, bundle: Optional[BundleFacts]) -> RuntimeFilesReport:
    lock = tool_env.own_file("runtime_files/requirements.txt").decode("utf-8")
    return RuntimeFilesReport(spec.runtime_files, catalog.versions(spec.runtime_files, lock), bundle)


def rules():
    return [*collect_rules(), UnionRule(PackageFieldSet, ScratchImageFieldSet)]
