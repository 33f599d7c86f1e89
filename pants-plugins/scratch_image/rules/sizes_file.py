"""The file in which sizes of images are recorded, and the growth of an image against it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Tuple

from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import Digest, FileContent
from pants.util.docutil import bin_name

from scratch_image.compare.budget import RENEW, STORED, Key, broken, grown, merged, parse, render
from scratch_image.compare.output import in_repository, refuse_occupied
from scratch_image.engine import fs
from scratch_image.engine.errors import ScratchImageError
from scratch_image.oci.platform import Platform
from scratch_image.rules.sizes import SizesOf, page_of, picture_of, sizes
from scratch_image.structure.growth import Growth

logger = logging.getLogger(__name__)


class InvalidSizesFile(ScratchImageError):
    """A file of recorded sizes cannot be read, or no file can have a path; the text says why, and what to do."""


@dataclass(frozen=True)
class Verdict:
    """`failure` is a block of lines on the images that grew too much, and `warning` one on those that are not recorded; each
    empty if there are none."""

    failure: str = ""
    warning: str = ""


async def recorded(path: str) -> Dict[Key, int]:
    """The sizes in the file at a path in the repository; none if there is no file. Raises InvalidSizesFile."""
    path = _inside(path, "option `[scratch-image].sizes_file`")
    for file in await fs.contents(await fs.in_repository(path)):
        try:
            return parse(file.content.decode("utf-8"), path)
        except ValueError as error:
            text = f"{path} is not UTF-8; {RENEW}" if isinstance(error, UnicodeDecodeError) else str(error)
            raise InvalidSizesFile(text) from None
    return {}


async def renewed(path: str, measured: Tuple[SizesOf, ...]) -> Digest:
    """The file with the sizes of images that were measured, in place of theirs; a file that cannot be read is written anew.
    Raises InvalidSizesFile."""
    path = _inside(path, "option `[scratch-image].sizes_file`")
    try:
        found = await recorded(path)
    except InvalidSizesFile as error:
        logger.warning(f"{error}; the file is written anew, with these images alone")
        found = {}
    for image in measured:
        found = merged(found, image.recorded())
    return await fs.create([FileContent(path, render(found).encode("utf-8"))])


async def drawings(measured: Tuple[SizesOf, ...], html: Optional[str], svg: Optional[str]) -> Digest:
    """The page about images that were measured, and the picture of the first one, each at its path, if it has one."""
    files = [FileContent(html, page_of(measured))] if html else []
    return await fs.create([*files, *([FileContent(svg, picture_of(measured[0]))] if svg else [])])


def output_file(path: Optional[str], option: str, root: str) -> Optional[str]:
    """The path for what an option asks for, relative to the root of the repository; None if it does not. Raises
    InvalidSizesFile."""
    if path is None:
        return None
    where = f"option `{option}`"
    inside = _inside(path, where)
    try:
        refuse_occupied(root, inside)
    except ValueError as error:
        raise InvalidSizesFile(f"{where}: {error}") from None
    return inside


def _inside(path: str, where: str) -> str:
    """A path in the repository. Raises InvalidSizesFile."""
    try:
        return in_repository(path)
    except ValueError as error:
        raise InvalidSizesFile(f"{where}: {error}") from None


def _record(image: Address) -> str:
    return f"{bin_name()} measure-images --write {image}"


async def _shown(image: Address, package: BuiltPackage, failures: List[Tuple[str, str]], known: Mapping[Key, int]) -> str:
    if not failures:
        return ""
    (found,) = await sizes((image,), (package,), with_parts=True)
    lines: List[str] = []
    for platform, sentence in failures:
        lines += [f"{image} {platform}", "  growth", f"    {sentence}"]
        lines += [f"    {line}" for line in grown(str(image), platform, known, found.recorded())]
    lines.append(f"  if it may grow so much, record it: {_record(image)}")
    return "\n".join(lines)


async def check_growth(growth: Growth, image: Address, platform: Optional[str], package: BuiltPackage, path: str) -> Verdict:
    """Compares the image of a package with what is recorded of it; `platform` is the only one that is compared, or None.
    Programs are looked into only if the image grew too much. Raises InvalidSizesFile and ProcessFailed."""
    known = await recorded(path)
    (found,) = await sizes((image,), (package,), with_parts=False)
    wanted = str(Platform.parse(platform).normalized()) if platform else None
    failures: List[Tuple[str, str]] = []
    missing: List[str] = []
    for each in found.images:
        before = known.get((str(image), each.platform, STORED))
        if wanted not in (None, each.platform):
            continue
        if before is None:
            missing.append(each.platform)
            continue
        sentence = broken(before, each.stored, growth.allowed(before))
        failures += [(each.platform, sentence)] if sentence else []
    return Verdict(
        await _shown(image, package, failures, known),
        f"{image} is not recorded in {path} for {', '.join(missing)}; record it: {_record(image)}" if missing else "",
    )
