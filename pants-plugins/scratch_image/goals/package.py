"""`./pants package` for `scratch_image`: from a target's fields to a directory in dist/."""

from __future__ import annotations

import textwrap
from typing import List, Optional, Tuple

from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact, PackageFieldSet
from pants.engine.addresses import Address
from pants.engine.fs import FileContent
from pants.engine.rules import collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from scratch_image import engine
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.platform import UnknownMachine, platform_of
from scratch_image.field_sets import ScratchImageFieldSet
from scratch_image.image_spec import Defaults, ImageSpec, Mistake, read_image_spec
from scratch_image.oci.image import Layer as ImageLayer
from scratch_image.oci.image import build_image
from scratch_image.oci.layout import layout_files
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor
from scratch_image.output_paths import output_path
from scratch_image.report import image_json, log_lines
from scratch_image.requests import ArtifactRequest, BinaryLayerRequest, FactsRequest, Layer, OutputConflicts
from scratch_image.subsystem import ScratchImageSubsystem
from scratch_image.util_rules.artifact import UnknownAddress, binary_address


class InvalidScratchImage(Exception):
    """What a BUILD file says about an image is wrong, or does not fit the program; the text holds all of it."""

    def __init__(self, address: Address, mistakes: Tuple[Mistake, ...]) -> None:
        lines = "\n".join(textwrap.indent(str(mistake), "    ")[2:] for mistake in mistakes)
        super().__init__(f"{address} can not be made:\n{lines}")


async def _read_fields(
    field_set: ScratchImageFieldSet, options: ScratchImageSubsystem, conflicts: OutputConflicts
) -> Tuple[ImageSpec, Address]:
    """The spec and the address of the program, or InvalidScratchImage with every mistake of the target."""
    defaults = Defaults(
        user=options.user,
        created=options.created,
        compression=options.compression,
        source_date_epoch=await engine.environment_variable("SOURCE_DATE_EPOCH"),
    )
    spec, found = read_image_spec(field_set.values(), defaults)
    mistakes = [*found, *_output_path_mistakes(field_set, conflicts)]
    binary: Optional[Address] = None
    if spec.binary:
        try:
            binary = await binary_address(field_set.address, spec.binary)
        except UnknownAddress as error:
            mistakes.append(Mistake("field `binary`", str(error)))
    if binary == field_set.address:
        mistakes.append(Mistake("field `binary`", "it names the image itself; name the target that makes the program"))
    if binary is None or mistakes:
        raise InvalidScratchImage(field_set.address, tuple(mistakes))
    return spec, binary


def _output_path_mistakes(field_set: ScratchImageFieldSet, conflicts: OutputConflicts) -> List[Mistake]:
    try:
        output_path(field_set.output_path.value_or_default(file_ending=None))
    except ValueError as error:
        return [Mistake("field `output_path`", str(error))]
    sentences = conflicts.by_address.get(field_set.address, ())
    return [Mistake("field `output_path`", f"{sentence}; give one of them another path") for sentence in sentences]


def _platform(spec: ImageSpec, facts: BinaryFacts) -> Tuple[Optional[Platform], Tuple[Mistake, ...]]:
    """The image's platform, or what speaks against there being one."""
    where = "field `binary`"
    if facts.elf is None:
        text = f"{spec.binary} is not an ELF program: {facts.not_elf}; name the target that makes the program itself"
        return None, (Mistake(where, text),)
    try:
        found = platform_of(facts.elf)
    except UnknownMachine as error:
        return None, (Mistake(where, f"{spec.binary} is {error}; build it for another CPU"),)
    if spec.platform is None:
        return found, ()
    if not spec.platform.same_cpu(found):
        text = f"it says {spec.platform}, but {spec.binary} is built for {found}; leave the field out, or build for it"
        return None, (Mistake("field `platform`", text),)
    return spec.platform, ()


def _image_layer(layer: Layer, spec: ImageSpec) -> ImageLayer:
    descriptor = Descriptor(spec.compression.media_type, layer.facts.digest, layer.facts.size)
    return ImageLayer(descriptor, layer.facts.diff_id, "scratch_image binary")


@rule(desc="Package a scratch image", level=LogLevel.DEBUG)
async def package_scratch_image(
    field_set: ScratchImageFieldSet, options: ScratchImageSubsystem, conflicts: OutputConflicts
) -> BuiltPackage:
    spec, binary = await _read_fields(field_set, options, conflicts)
    artifact = await engine.artifact(ArtifactRequest(binary, consumer=field_set.address))
    facts, layer = await engine.facts_and_layer(
        FactsRequest(artifact.content),
        BinaryLayerRequest(artifact.content, spec.binary_path, spec.compression),
    )
    platform, mistakes = _platform(spec, facts)
    if platform is None:
        raise InvalidScratchImage(field_set.address, mistakes)
    image = build_image(platform, spec.run, spec.created, spec.annotations, (_image_layer(layer, spec),))
    layers = (layer.facts,)

    contents = [FileContent(f"oci/{path}", content) for path, content in layout_files(image).items()]
    contents.append(FileContent("image.json", image_json(image, layers, facts)))
    blobs = await engine.add_prefix(layer.digest, "oci")
    directory = field_set.output_path.value_or_default(file_ending=None)
    digest = await engine.add_prefix(await engine.merge((blobs, await engine.create(contents))), directory)
    return BuiltPackage(digest, (BuiltPackageArtifact(directory, log_lines(image, layers)),))


def rules():
    return [*collect_rules(), UnionRule(PackageFieldSet, ScratchImageFieldSet)]
