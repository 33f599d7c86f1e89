"""All that is in an image, from all its fields, compared: what can not be together. Pure."""

from __future__ import annotations

from typing import Tuple

from scratch_image.image.contents import Contents
from scratch_image.image.field_reader import Mistake
from scratch_image.image.spec import ImageSpec
from scratch_image.image.tree import Claim, conflicts
from scratch_image.oci.tar import FileEntry
from scratch_image.runtime_files import layer_plan


def claims_of(spec: ImageSpec, contents: Contents) -> Tuple[Claim, ...]:
    """Every path of the image, with the field that it is from."""
    runtime = layer_plan.claimed(spec.runtime_files, has_bundle=False)
    bundle = set(layer_plan.claimed(spec.runtime_files, bool(spec.ca_bundle))) - set(runtime)
    return (
        *(Claim("`runtime_files`", entry) for entry in runtime),
        *(Claim("field `ca_bundle`", entry) for entry in bundle),
        Claim("field `binary_path`", FileEntry(spec.binary_path.lstrip("/"), "", 0, 0o755)),
        *contents.claims(),
    )


def mistakes_of(claims: Tuple[Claim, ...]) -> Tuple[Mistake, ...]:
    return tuple(Mistake(conflict.source, conflict.text) for conflict in conflicts(claims))
