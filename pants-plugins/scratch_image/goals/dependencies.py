"""`./pants dependencies`, `dependents` and `--changed-since` see an image's program, without it being said twice."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.rules import collect_rules, rule
from pants.engine.target import FieldSet, InferDependenciesRequest, InferredDependencies
from pants.engine.unions import UnionRule

from scratch_image.goals.package import InvalidScratchImage
from scratch_image.image_spec import Mistake
from scratch_image.target_types import ScratchImageBinaryField
from scratch_image.util_rules.artifact import UnknownAddress, binary_address


@dataclass(frozen=True)
class ScratchImageDependenciesInferenceFieldSet(FieldSet):
    required_fields = (ScratchImageBinaryField,)

    binary: ScratchImageBinaryField


class InferScratchImageDependencies(InferDependenciesRequest):
    infer_from = ScratchImageDependenciesInferenceFieldSet


@rule
async def infer_scratch_image_dependencies(request: InferScratchImageDependencies) -> InferredDependencies:
    text = request.field_set.binary.value
    if not isinstance(text, str) or not text.strip():
        return InferredDependencies([])  # `package` says what is wrong with it.
    image = request.field_set.address
    try:
        return InferredDependencies([await binary_address(image, text)])
    except UnknownAddress as error:
        raise InvalidScratchImage(image, (Mistake("field `binary`", str(error)),)) from None


def rules():
    return [*collect_rules(), UnionRule(InferDependenciesRequest, InferScratchImageDependencies)]
