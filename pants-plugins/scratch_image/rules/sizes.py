"""How large a packaged image is: the process that reads its layers, and what is in its programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping, Tuple

from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import Digest
from pants.engine.rules import rule

from scratch_image.binary.blame import Part
from scratch_image.compare.budget import Key, parts_of
from scratch_image.compare.page import Shown, page
from scratch_image.compare.show_sizes import lines, to_dict
from scratch_image.compare.sizes import ImageSizes, from_json
from scratch_image.engine import processes
from scratch_image.engine.spelling import BY_NAME
from scratch_image.engine.tool import Tool
from scratch_image.oci.names import LAYOUT
from scratch_image.rules import tools
from scratch_image.rules.blame import BlameRequest, blames
from scratch_image.rules.built_image import BuiltScratchImage, ProgramOf, built_image

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
class SizesOf:
    """The sizes of the image at an address, by platform, and the parts of its programs, none where they were not looked
    into; its digest, and its findings, (check, severity, text)."""

    address: Address
    images: Tuple[ImageSizes, ...]
    parts: Mapping[str, Tuple[Part, ...]]
    digest: str
    findings: Tuple[Tuple[str, str, str], ...]

    def lines(self, depth: int) -> Tuple[str, ...]:
        """For people; programs are divided to this depth."""
        return tuple(lines(str(self.address), self.images, self.parts, depth))

    def to_dict(self) -> object:
        """As JSON has it."""
        return to_dict(self.images, self.parts)

    def recorded(self) -> Mapping[Key, int]:
        """The lines of the image in the file of sizes."""
        return parts_of(str(self.address), self.images, self.parts)


async def sizes(
    addresses: Tuple[Address, ...], packages: Tuple[BuiltPackage, ...], *, with_parts: bool
) -> Tuple[SizesOf, ...]:
    """The sizes of packaged images, in the order of their addresses; with `with_parts`, programs are looked into. Raises
    ProcessFailed."""
    built = [built_image(package) for package in packages]
    measured = await _measured(SizesRequest(image.contents, image.made.programs if image.made else ()) for image in built)
    contents = [program.content for image in measured for program in image.programs] if with_parts else []
    found = dict(zip(contents, await blames(BlameRequest(content) for content in contents)))
    return tuple(
        SizesOf(
            address,
            image.images,
            {str(each.platform.normalized()): found[each.content].parts for each in image.programs if each.content in found},
            str(package.root),
            _findings(package),
        )
        for address, image, package in zip(addresses, measured, built)
    )


def _findings(image: BuiltScratchImage) -> Tuple[Tuple[str, str, str], ...]:
    """Those of all platforms, each once."""
    found = [finding for report in (image.made.reports if image.made else ()) for finding in report.findings]
    return tuple(dict.fromkeys((str(each["check"]), str(each["severity"]), str(each["text"])) for each in found))


def page_of(images: Tuple[SizesOf, ...]) -> bytes:
    """The page about images that were measured."""
    shown = [Shown(str(each.address), each.digest, each.images, each.parts, each.findings) for each in images]
    return page(shown).encode("utf-8", "backslashreplace")
