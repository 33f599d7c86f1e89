"""Our targets as the rules take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, Type, TypeVar

from pants.core.goals.package import PackageFieldSet
from pants.core.goals.test import TestFieldSet
from pants.engine.target import Field, FieldSet, Target

from scratch_image.engine.quirks import EnvironmentField
from scratch_image.targets import scratch_image, scratch_image_debug, scratch_image_test
from scratch_image.targets.output import ScratchImageOutputPathField
from scratch_image.targets.program import ScratchImageBinaryField
from scratch_image.targets.scratch_image_debug import ScratchImageDebugImageField, ScratchImageDebugToolsField
from scratch_image.targets.scratch_image_test import (
    ScratchImageTestImageField,
    ScratchImageTestSkipField,
    ScratchImageTestTimeoutField,
)

FS = TypeVar("FS", bound=FieldSet)


def with_fields(*fields: Type[Field]) -> Callable[[Type[FS]], Type[FS]]:
    """Decorates a field set: it has an attribute for each of the fields, named by the field's alias. The class itself names
    only those that the rules use by name."""

    def decorate(field_set: Type[FS]) -> Type[FS]:
        own = {field.alias: field for field in fields}
        field_set.__annotations__ = {**own, **field_set.__annotations__}
        return dataclass(frozen=True)(field_set)

    return decorate


def _values(field_set: FieldSet, fields: Iterable[Type[Field]]) -> Dict[str, Any]:
    return {field.alias: getattr(field_set, field.alias).value for field in fields}


@with_fields(*scratch_image.FIELDS)
class ScratchImageFieldSet(PackageFieldSet):
    """A `scratch_image` target."""

    required_fields = (ScratchImageBinaryField,)

    output_path: ScratchImageOutputPathField
    environment: EnvironmentField

    def values(self) -> Dict[str, Any]:
        """Name → value as written, of every field."""
        return _values(self, scratch_image.FIELDS)

    def __hash__(self) -> int:
        """Pants asks for it several times per image and run; that of all fields takes fifty times as long."""
        return hash(self.address)


@with_fields(*scratch_image_debug.FIELDS)
class ScratchImageDebugFieldSet(PackageFieldSet):
    """A `scratch_image_debug` target."""

    required_fields = (ScratchImageDebugImageField,)

    tools: ScratchImageDebugToolsField
    output_path: ScratchImageOutputPathField
    environment: EnvironmentField

    def values(self) -> Dict[str, Any]:
        """Name → value as written, of every field."""
        return _values(self, scratch_image_debug.FIELDS)


def is_image(target: Target) -> bool:
    """Whether `package` makes an image of a target."""
    return target.has_field(ScratchImageBinaryField) or target.has_field(ScratchImageDebugImageField)


@with_fields(*scratch_image_test.FIELDS)
class ScratchImageTestFieldSet(TestFieldSet):
    """A `scratch_image_test` target."""

    required_fields = (ScratchImageTestImageField,)

    timeout: ScratchImageTestTimeoutField
    environment: EnvironmentField

    @classmethod
    def opt_out(cls, tgt: Target) -> bool:
        """Only True skips a test. Anything else is a mistake, which the test reports."""
        return tgt.get(ScratchImageTestSkipField).value is True

    def values(self) -> Dict[str, Any]:
        """Name → value as written, of every field."""
        return _values(self, scratch_image_test.FIELDS)
