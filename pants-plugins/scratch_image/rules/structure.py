"""A test of an image's structure: its fields, read, and the process that compares the packaged image with them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Optional

from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import Digest, FileContent
from pants.engine.process import FallibleProcessResult, ProcessCacheScope
from pants.engine.target import Targets

from scratch_image.engine import fs, processes, targets
from scratch_image.engine.tool import Tool
from scratch_image.image.field_reader import Mistake
from scratch_image.rules import tools
from scratch_image.rules.address import UnknownAddress, address_in_field
from scratch_image.rules.artifact import kind_of
from scratch_image.rules.built_image import built_image
from scratch_image.rules.mistakes import InvalidScratchImageTest
from scratch_image.structure.expectations import Expectations
from scratch_image.structure.growth import Growth, read_growth
from scratch_image.structure.runs import RunExpectations
from scratch_image.structure.spec import read_expectations
from scratch_image.targets.field_sets import ScratchImageTestFieldSet, is_image

# The library that compresses layers with zstd also unpacks them.
TOOL = Tool("scratch_image.structure.__main__", libraries="assembler")
EXPECTATIONS, IMAGE = "expectations.json", "image"


@dataclass(frozen=True)
class StructureTest:
    """What is expected of an image and of its program, how much it may grow if that is limited, and the target that makes
    the image, which is at `address`."""

    expectations: Expectations
    runs: RunExpectations
    growth: Optional[Growth]
    image: Targets
    address: Address


async def image_address(test: Address, text: str) -> Address:
    """The address in a test's field `image`. Raises UnknownAddress."""
    return await address_in_field(test, "image", text, "scratch_image_test")


async def read_structure_test(field_set: ScratchImageTestFieldSet) -> StructureTest:
    """Raises InvalidScratchImageTest with every mistake of the target."""
    expectations, runs, wrong_fields = read_expectations(field_set.values())
    growth, wrong_growth = read_growth(field_set.values())
    mistakes = [*wrong_fields, *wrong_growth]
    image, address = Targets(), field_set.address
    if expectations.image:
        try:
            address = await image_address(field_set.address, expectations.image)
            image = await targets.targets(address)
            expectations = dataclasses.replace(expectations, image=str(address))
            runs = dataclasses.replace(runs, image=str(address))
            if len(image) != 1 or not is_image(image[0]):
                mistakes.append(Mistake("field `image`", f"{address} is a {await kind_of(address)}; name a `scratch_image`"))
        except UnknownAddress as error:
            mistakes.append(error.mistake)
    if mistakes:
        raise InvalidScratchImageTest(field_set.address, mistakes)
    return StructureTest(expectations, runs, growth, image, address)


async def test_files(expectations: bytes, package: BuiltPackage) -> Digest:
    """What a process that tests an image is sent beside its code: the layout, the report, and the expectations."""
    image = await fs.add_prefix(built_image(package).contents, IMAGE)
    return await fs.merge((image, await fs.create([FileContent(EXPECTATIONS, expectations)])))


async def run_structure_test(
    expectations: Expectations, package: BuiltPackage, timeout: Optional[int], *, force: bool
) -> FallibleProcessResult:
    """Compares a packaged image. The cache key is the image, the expectations and the code that compares; with `force`, the
    process runs in any case. `timeout` is in seconds."""
    process = await tools.process(
        TOOL,
        (EXPECTATIONS, IMAGE),
        description=f"Test the structure of {expectations.image}",
        input_digest=await test_files(expectations.to_json(), package),
        timeout_seconds=timeout,
        cache_scope=ProcessCacheScope.PER_SESSION if force else ProcessCacheScope.SUCCESSFUL,
    )
    return await processes.run(process)
