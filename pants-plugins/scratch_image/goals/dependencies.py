"""`./pants dependencies`, `dependents` and `--changed-since` see an image's program and a test's image, without it being
said twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from pants.engine.rules import collect_rules, rule
from pants.engine.target import FieldSet, InferDependenciesRequest, InferredDependencies
from pants.engine.unions import UnionRule

from scratch_image.image.field_reader import Mistake
from scratch_image.rules.artifact import UnknownAddress, address_in_field
from scratch_image.rules.inspection import InvalidScratchImage
from scratch_image.rules.structure import InvalidScratchImageTest, image_address
from scratch_image.targets.contents import ScratchImageCaBundleField, ScratchImageFilesField
from scratch_image.targets.program import ScratchImageBinaryField
from scratch_image.targets.scratch_image_test import ScratchImageTestImageField


@dataclass(frozen=True)
class ScratchImageDependenciesInferenceFieldSet(FieldSet):
    required_fields = (ScratchImageBinaryField,)

    binary: ScratchImageBinaryField
    ca_bundle: ScratchImageCaBundleField
    files: ScratchImageFilesField


class InferScratchImageDependencies(InferDependenciesRequest):
    infer_from = ScratchImageDependenciesInferenceFieldSet


@rule
async def infer_scratch_image_dependencies(request: InferScratchImageDependencies) -> InferredDependencies:
    image = request.field_set.address
    bundle = request.field_set.ca_bundle.value
    binary = request.field_set.binary.value
    named = [("binary", text) for text in (binary.values() if isinstance(binary, Mapping) else (binary,))]
    named.extend(("ca_bundle", text) for text in (bundle if isinstance(bundle, tuple) else ()))
    files = request.field_set.files.value
    for source in files.values() if isinstance(files, Mapping) else ():
        named.append(("files", source.get("from") if isinstance(source, Mapping) else source))
    found = []
    for field, text in named:
        if not isinstance(text, str) or not text.strip():
            continue  # `package` says what is wrong with it.
        try:
            found.append(await address_in_field(image, field, text))
        except UnknownAddress as error:
            raise InvalidScratchImage(image, (Mistake(f"field `{field}`", str(error)),)) from None
    return InferredDependencies(found)


@dataclass(frozen=True)
class ScratchImageTestDependenciesInferenceFieldSet(FieldSet):
    required_fields = (ScratchImageTestImageField,)

    image: ScratchImageTestImageField


class InferScratchImageTestDependencies(InferDependenciesRequest):
    infer_from = ScratchImageTestDependenciesInferenceFieldSet


@rule
async def infer_scratch_image_test_dependencies(request: InferScratchImageTestDependencies) -> InferredDependencies:
    test = request.field_set.address
    image = request.field_set.image.value
    if not isinstance(image, str) or not image.strip():
        return InferredDependencies(())  # `test` says what is wrong with it.
    try:
        return InferredDependencies((await image_address(test, image),))
    except UnknownAddress as error:
        raise InvalidScratchImageTest(test, (Mistake("field `image`", str(error)),)) from None


def rules():
    return [
        *collect_rules(),
        UnionRule(InferDependenciesRequest, InferScratchImageDependencies),
        UnionRule(InferDependenciesRequest, InferScratchImageTestDependencies),
    ]
