"""`./pants dependencies`, `dependents` and `--changed-since` see the targets that an image's or a test's fields name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterator, List, Mapping, Tuple

from pants.engine.rules import collect_rules, rule
from pants.engine.target import FieldSet, InferDependenciesRequest, InferredDependencies
from pants.engine.unions import UnionRule

from scratch_image.rules.address import UnknownAddress, address_in_field
from scratch_image.rules.mistakes import InvalidScratchImage, InvalidScratchImageTest
from scratch_image.rules.structure import image_address
from scratch_image.targets.field_sets import ScratchImageDebugFieldSet, ScratchImageFieldSet
from scratch_image.targets.program import addresses_of_programs
from scratch_image.targets.scratch_image_debug import addresses_of_tools
from scratch_image.targets.scratch_image_test import ScratchImageTestImageField


class InferScratchImageDependencies(InferDependenciesRequest[ScratchImageFieldSet]):
    """The dependencies of an image."""

    infer_from = ScratchImageFieldSet


@rule
async def infer_scratch_image_dependencies(request: InferScratchImageDependencies) -> InferredDependencies:
    """Raises InvalidScratchImage."""
    image = request.field_set.address
    found = []
    for field, text in _addresses(request.field_set.values()):
        try:
            found.append(await address_in_field(image, field, text))
        except UnknownAddress as error:
            raise InvalidScratchImage(image, (error.mistake,)) from None
    return InferredDependencies(found)


def _addresses(values: Dict[str, object]) -> Iterator[Tuple[str, str]]:
    """(field, address as written); values of a wrong type are left out, because `package` reports them."""
    binary, bundle, files = values["binary"], values["ca_bundle"], values["files"]
    named: List[Tuple[str, object]] = [("binary", text) for text in addresses_of_programs(binary)]
    named.extend(("ca_bundle", text) for text in (bundle if isinstance(bundle, tuple) else ()))
    for source in files.values() if isinstance(files, Mapping) else ():
        named.append(("files", source.get("from") if isinstance(source, Mapping) else source))
    return ((field, text) for field, text in named if isinstance(text, str) and text.strip())


class InferScratchImageDebugDependencies(InferDependenciesRequest[ScratchImageDebugFieldSet]):
    """The dependencies of a debug image."""

    infer_from = ScratchImageDebugFieldSet


@rule
async def infer_scratch_image_debug_dependencies(request: InferScratchImageDebugDependencies) -> InferredDependencies:
    """Raises InvalidScratchImage."""
    debug = request.field_set.address
    values = request.field_set.values()
    named = [("image", values["image"]), *(("tools", text) for text in addresses_of_tools(values["tools"]))]
    found = []
    for field, text in named:
        if not isinstance(text, str) or not text.strip():
            continue  # `package` reports it.
        try:
            found.append(await address_in_field(debug, field, text, "scratch_image_debug"))
        except UnknownAddress as error:
            raise InvalidScratchImage(debug, (error.mistake,)) from None
    return InferredDependencies(address for address in found if address != debug)


@dataclass(frozen=True)
class ScratchImageTestDependenciesFieldSet(FieldSet):
    """What a test depends on, also if the test is skipped."""

    required_fields = (ScratchImageTestImageField,)

    image: ScratchImageTestImageField


class InferScratchImageTestDependencies(InferDependenciesRequest[ScratchImageTestDependenciesFieldSet]):
    """The dependency of a test."""

    infer_from = ScratchImageTestDependenciesFieldSet


@rule
async def infer_scratch_image_test_dependencies(request: InferScratchImageTestDependencies) -> InferredDependencies:
    """Raises InvalidScratchImageTest."""
    test = request.field_set.address
    image = request.field_set.image.value
    if not isinstance(image, str) or not image.strip():
        return InferredDependencies(())  # `test` reports it.
    try:
        return InferredDependencies((await image_address(test, image),))
    except UnknownAddress as error:
        raise InvalidScratchImageTest(test, (error.mistake,)) from None


def rules() -> List[object]:
    """The rules of the inference."""
    return [
        *collect_rules(),
        UnionRule(InferDependenciesRequest, InferScratchImageDependencies),
        UnionRule(InferDependenciesRequest, InferScratchImageDebugDependencies),
        UnionRule(InferDependenciesRequest, InferScratchImageTestDependencies),
    ]
