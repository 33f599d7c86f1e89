"""How large a packaged image is: the process that reads its layers, and what is in its programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping, Tuple

from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import Digest, FileDigest
from pants.engine.rules import rule

from scratch_image.binary.blame import Part
from scratch_image.compare.bill import components
from scratch_image.compare.budget import Key, parts_of
from scratch_image.compare.page import page, picture
from scratch_image.compare.show_sizes import lines, to_dict
from scratch_image.compare.shown import Shown
from scratch_image.compare.sizes import ImageSizes, from_json
from scratch_image.engine import processes
from scratch_image.engine.spelling import BY_NAME
from scratch_image.engine.tool import Tool
from scratch_image.oci.names import LAYOUT
from scratch_image.rules import tools
from scratch_image.rules.blame import Blame, BlameRequest, blames
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
    """The sizes of the image at an address, by platform, and for each the parts of its program, none where they were not
    looked into; its digest, its findings, (check, severity, text), and its bills of materials, as bytes."""

    address: Address
    images: Tuple[ImageSizes, ...]
    parts: Tuple[Tuple[Part, ...], ...]
    digest: str
    findings: Tuple[Tuple[str, str, str], ...]
    bills: Tuple[bytes, ...]

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
        SizesOf(address, image.images, _parts(image, found), str(package.root), _findings(package), _bills(package))
        for address, image, package in zip(addresses, measured, built)
    )


def _parts(image: MeasuredImage, found: Mapping[FileDigest, Blame]) -> Tuple[Tuple[Part, ...], ...]:
    programs = {str(each.platform.normalized()): found[each.content] for each in image.programs if each.content in found}
    return tuple(programs[each.platform].parts if each.platform in programs else () for each in image.images)


def _findings(image: BuiltScratchImage) -> Tuple[Tuple[str, str, str], ...]:
    """Those of all platforms, each once."""
    found = [finding for report in (image.made.reports if image.made else ()) for finding in report.findings]
    return tuple(dict.fromkeys((str(each["check"]), str(each["severity"]), str(each["text"])) for each in found))


def _bills(image: BuiltScratchImage) -> Tuple[bytes, ...]:
    return tuple(each.referrer.content for each in image.made.attested.attachments) if image.made else ()


def page_of(images: Tuple[SizesOf, ...]) -> bytes:
    """The page about images that were measured."""
    return page(list(map(_shown, images))).encode("utf-8", "backslashreplace")


def picture_of(image: SizesOf) -> bytes:
    """The picture of the first platform of an image that was measured."""
    return picture(_shown(image)).encode("utf-8", "backslashreplace")


def _shown(image: SizesOf) -> Shown:
    bill = components(image.bills)
    return Shown(str(image.address), image.digest, image.images, image.parts, image.findings, bill)
