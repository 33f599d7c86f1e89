"""How large a packaged image is: the process that reads its layers, and what is in its programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Tuple

from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import Digest
from pants.engine.rules import rule

from scratch_image.compare.show_sizes import lines, to_dict
from scratch_image.compare.sizes import ImageSizes, from_json
from scratch_image.engine import processes
from scratch_image.engine.spelling import BY_NAME
from scratch_image.engine.tool import Tool
from scratch_image.oci.names import LAYOUT
from scratch_image.rules import tools
from scratch_image.rules.blame import BlameRequest, blames
from scratch_image.rules.built_image import ProgramOf, built_image

# The library that compresses layers with zstd also unpacks them.
TOOL = Tool("scratch_image.compare.measure", libraries="assembler")


@dataclass(frozen=True)
class SizesRequest:
    """The sizes of a packaged image: `contents` has the layout, `programs` are those of its platforms."""

    contents: Digest
    programs: Tuple[ProgramOf, ...]


@dataclass(frozen=True)
class MeasuredImage:
    """The sizes of an image by platform, and the parts of its programs."""

    images: Tuple[ImageSizes, ...]
    programs: Tuple[ProgramOf, ...]


@rule
async def measure(request: SizesRequest) -> MeasuredImage:
    """Raises ProcessFailed."""
    process = await tools.process(TOOL, (LAYOUT,), description="Measure an image", input_digest=request.contents)
    result = await processes.run_or_raise(process)
    return MeasuredImage(from_json(result.stdout), request.programs)


if BY_NAME:
    from scratch_image.engine.by_name import concurrently

    async def _measured(requests: Iterable[SizesRequest]) -> Tuple[MeasuredImage, ...]:
        return await concurrently(measure(request) for request in requests)

else:
    from pants.engine.rules import Get, MultiGet

    async def _measured(requests: Iterable[SizesRequest]) -> Tuple[MeasuredImage, ...]:
        return await MultiGet(Get(MeasuredImage, SizesRequest, request) for request in requests)


@dataclass(frozen=True)
class ShownSizes:
    """The sizes of an image: `lines` for people, and `json`, values as JSON has them."""

    address: Address
    lines: Tuple[str, ...]
    json: object


async def sizes(addresses: Tuple[Address, ...], packages: Tuple[BuiltPackage, ...], depth: int) -> Tuple[ShownSizes, ...]:
    """The sizes of packaged images, in the order of their addresses; with `depth` 0, programs are not looked into. Raises
    ProcessFailed."""
    built = [built_image(package) for package in packages]
    measured = await _measured(SizesRequest(image.contents, image.made.programs if image.made else ()) for image in built)
    contents = [program.content for image in measured for program in image.programs] if depth else []
    found = dict(zip(contents, await blames(BlameRequest(content) for content in contents)))
    shown = []
    for address, image in zip(addresses, measured):
        parts = {str(each.platform): found[each.content].parts for each in image.programs if each.content in found}
        texts = tuple(lines(str(address), image.images, parts, depth))
        shown.append(ShownSizes(address, texts, to_dict(image.images, parts)))
    return tuple(shown)
