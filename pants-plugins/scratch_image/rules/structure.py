"""A test of an image's structure: its fields, read, and the process that looks into the packaged image."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Dict, Optional

from pants.core.goals.package import BuiltPackage
from pants.core.goals.test import TestFieldSet
from pants.core.util_rules.environments import EnvironmentField
from pants.engine.addresses import Address
from pants.engine.fs import FileContent
from pants.engine.process import FallibleProcessResult, ProcessCacheScope
from pants.engine.target import Target, Targets

from scratch_image.engine import requests as engine
from scratch_image.image.field_reader import Mistake
from scratch_image.rules import tool_env
from scratch_image.rules.artifact import UnknownAddress, address_in_field
from scratch_image.rules.inspection import InvalidScratchImage
from scratch_image.rules.requests import Interpreter, SourcesRequest
from scratch_image.structure.expectations import Expectations
from scratch_image.structure.spec import read_expectations
from scratch_image.targets.scratch_image import ScratchImageBinaryField
from scratch_image.targets.scratch_image_test import (
    ScratchImageTestAbsentField,
    ScratchImageTestConfigField,
    ScratchImageTestFilesField,
    ScratchImageTestImageField,
    ScratchImageTestMaxSeverityField,
    ScratchImageTestMaxSizeField,
    ScratchImageTestMaxUnpackedSizeField,
    ScratchImageTestNothingElseField,
    ScratchImageTestPlatformField,
    ScratchImageTestSkipField,
    ScratchImageTestTimeoutField,
)

_SOURCES = (
    "__init__.py",
    "layout/__init__.py",
    "layout/blobs.py",
    "layout/configuration.py",
    "layout/descriptor.py",
    "layout/documents.py",
    "layout/layer.py",
    "layout/limits.py",
    "layout/manifest.py",
    "layout/package.py",
    "layout/problems.py",
    "layout/store.py",
    "layout/tar_archive.py",
    "layout/tar_header.py",
    "layout/tar_rules.py",
    "layout/unpack.py",
    "layout/zstd_frames.py",
    "oci/__init__.py",
    "oci/canonical_json.py",
    "oci/digest.py",
    "oci/grammar.py",
    "oci/platform.py",
    "oci/spec.py",
    "report/__init__.py",
    "report/reader.py",
    "structure/__init__.py",
    "structure/__main__.py",
    "structure/compare.py",
    "structure/expectations.py",
    "structure/show.py",
)
_EXPECTATIONS, _IMAGE = "expectations.json", "image"


class InvalidScratchImageTest(InvalidScratchImage):
    """What a BUILD file says about a test of an image is wrong; the text holds all of it."""

    outcome = "run"


@dataclass(frozen=True)
class ScratchImageTestFieldSet(TestFieldSet):
    """A `scratch_image_test` target as the rules take it."""

    required_fields = (ScratchImageTestImageField,)

    image: ScratchImageTestImageField
    platform: ScratchImageTestPlatformField
    files: ScratchImageTestFilesField
    absent: ScratchImageTestAbsentField
    nothing_else: ScratchImageTestNothingElseField
    config: ScratchImageTestConfigField
    max_size: ScratchImageTestMaxSizeField
    max_unpacked_size: ScratchImageTestMaxUnpackedSizeField
    max_severity: ScratchImageTestMaxSeverityField
    skip_tests: ScratchImageTestSkipField
    timeout: ScratchImageTestTimeoutField
    environment: EnvironmentField

    @classmethod
    def opt_out(cls, tgt: Target) -> bool:
        # Anything but True is a mistake, and told when the test runs: it does not skip a test in silence.
        return tgt.get(ScratchImageTestSkipField).value is True

    def values(self) -> Dict[str, object]:
        """Name → value as written."""
        fields = (
            self.image,
            self.platform,
            self.files,
            self.absent,
            self.nothing_else,
            self.config,
            self.max_size,
            self.max_unpacked_size,
            self.max_severity,
            self.skip_tests,
            self.timeout,
        )
        return {field.alias: field.value for field in fields}


@dataclass(frozen=True)
class StructureTest:
    """What is expected of an image, and the target that makes it."""

    expectations: Expectations
    image: Targets


async def image_address(test: Address, text: str) -> Address:
    """The address in a test's field `image`. Raises UnknownAddress."""
    return await address_in_field(test, "image", text, "scratch_image_test")


async def read_structure_test(field_set: ScratchImageTestFieldSet) -> StructureTest:
    """Raises InvalidScratchImageTest with every mistake of the target."""
    expectations, wrong_fields = read_expectations(field_set.values())
    mistakes = list(wrong_fields)
    image = Targets()
    if expectations.image:
        try:
            address = await image_address(field_set.address, expectations.image)
            image = await engine.targets(address)
            expectations = dataclasses.replace(expectations, image=str(address))
            kinds = ", ".join(sorted({f"`{target.alias}`" for target in image})) or "target generator without targets"
            if len(image) != 1 or not image[0].has_field(ScratchImageBinaryField):
                text = f"{address} is a {kinds}; name a `scratch_image`"
                mistakes.append(Mistake("field `image`", text))
        except UnknownAddress as error:
            mistakes.append(Mistake("field `image`", str(error)))
    if mistakes:
        raise InvalidScratchImageTest(field_set.address, tuple(mistakes))
    return StructureTest(expectations, image)


async def run_structure_test(
    expectations: Expectations, package: BuiltPackage, interpreter: Interpreter, timeout: Optional[int], *, force: bool
) -> FallibleProcessResult:
    """The structure process on a packaged image. Its key is the image, what is expected, and the code that compares: it runs
    again for a change of these, and with `force`."""
    # The package is one directory, named as the user likes: no glob may hold its name.
    directory = package.artifacts[0].relpath or ""
    whole = await engine.remove_prefix(package.digest, directory)
    image = await engine.add_prefix(await engine.subset(whole, ("oci/**", "image.json")), _IMAGE)
    expected = await engine.create([FileContent(_EXPECTATIONS, expectations.to_json())])
    return await engine.run(
        tool_env.process(
            interpreter,
            "scratch_image.structure.__main__",
            (_EXPECTATIONS, _IMAGE),
            description=f"Test the structure of {expectations.image}",
            sources=await engine.staged(SourcesRequest(_SOURCES)),
            # Layers with zstd are unpacked by the library that packed them.
            libraries=await engine.libraries("assembler", interpreter),
            input_digest=await engine.merge((image, expected)),
            timeout_seconds=timeout,
            cache_scope=ProcessCacheScope.PER_SESSION if force else ProcessCacheScope.SUCCESSFUL,
        )
    )
