"""Two sides compared: which images they have, and why each pair differs.

Layers with equal digests are not read, but for images of other builders that differ in some layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Set, Tuple

from scratch_image.compare import programs
from scratch_image.compare.configuration import configuration_reasons
from scratch_image.compare.contents import Contents, differing, files_of
from scratch_image.compare.files import file_reasons
from scratch_image.compare.image import ImageOf, LayerOf, Side
from scratch_image.compare.packaging import (
    Read,
    builder_reason,
    is_ours,
    layer_reasons,
    packing_reasons,
    recipe_reason,
    time_reasons,
)
from scratch_image.compare.reason import Reason, between, changed, ranked

_NO_VERSIONS: Dict[str, str] = {}
# To look into one, its layer is unpacked again: an image of a distribution has hundreds.
_MOST_PROGRAMS = 20


@dataclass(frozen=True)
class Compared:
    """A pair of images of `platforms`: why they differ, none where they are equal. `sizes` are the stored bytes of their
    layers, `moved` those of the layers that are new in the second. `unread` are sentences on what was not compared."""

    platforms: Tuple[str, ...]
    reasons: Tuple[Reason, ...]
    sizes: Tuple[int, int] = (0, 0)
    moved: int = 0
    unread: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Two sides: their names and digests, and what was found of each platform."""

    names: Tuple[str, str]
    roots: Tuple[str, str]
    compared: Tuple[Compared, ...]

    @property
    def equal(self) -> bool:
        """Whether both are the same image."""
        return not self.compared


def compare(before: Side, after: Side) -> Comparison:
    """Compares two sides. Raises OSError, and Unreadable where a digest is wrong."""
    names, roots = (before.name, after.name), (before.root, after.root)
    if before.root and before.root == after.root:
        return Comparison(names, roots, ())
    contents = Contents(before.blobs) if before.blobs else None, Contents(after.blobs) if after.blobs else None
    found = [*_unmatched(before, after)]
    found += [_pair(one, other, contents) for one, other in _matched(before, after)]
    if not found and before.root and after.root:
        text = "the index differs, and all of its images are the same"
        found.append(Compared(after.platforms, (changed("index", "index", before.root, after.root, text),)))
    return Comparison(names, roots, tuple(found))


def _matched(before: Side, after: Side) -> List[Tuple[ImageOf, ImageOf]]:
    """The pairs of images that differ. Equal ones belong together: an index may have several of one platform."""
    same = {image.digest for image in before.images} & {image.digest for image in after.images}
    ones, others = ([image for image in side.images if image.digest not in same] for side in (before, after))
    if len(before.images) == len(after.images) == 1:
        return list(zip(ones, others))
    found = []
    for image in ones:
        other = next((each for each in others if each.platform == image.platform), None)
        if other:
            others.remove(other)
            found.append((image, other))
    return found


def _unmatched(before: Side, after: Side) -> List[Compared]:
    """The platforms that only one side has."""
    if len(before.images) == len(after.images) == 1:
        return []
    gone, new = list(before.platforms), list(after.platforms)
    for platform in before.platforms:
        if platform in new:
            gone.remove(platform)
            new.remove(platform)
    reasons = [changed("platform", platform, platform, None, f"platform {platform}: gone") for platform in gone]
    reasons += [changed("platform", platform, None, platform, f"platform {platform}: new") for platform in new]
    return [Compared((), ranked(reasons))] if reasons else []


def _pair(before: ImageOf, after: ImageOf, contents: Tuple[Optional[Contents], Optional[Contents]]) -> Compared:
    """Raises OSError and Unreadable."""
    layers = differing(before, after)
    found: List[Reason] = []
    if before.platform != after.platform:
        found.append(changed("platform", "platform", before.platform, after.platform))
    builder = builder_reason(before, after)
    found += [builder] if builder else []
    found += configuration_reasons(before, after)
    found += layer_reasons(before, after)
    found += time_reasons(before, after)
    unread: List[str] = []
    if layers[0] or layers[1]:
        # In layers of other builders, one may change what is in another.
        is_apart = is_ours(before) and is_ours(after)
        needed = layers if is_apart else (list(before.layers), list(after.layers))
        found += _contents(before, after, needed, contents, unread)
    if not found and not unread:
        found.append(
            changed("index", "manifest", before.digest, after.digest, "the manifest differs in a way that is not known")
        )
    sizes = [sum(layer.size for layer in image.layers) for image in (before, after)]
    platforms = tuple(dict.fromkeys((before.platform, after.platform)))
    moved = sum(layer.size for layer in layers[1])
    return Compared(platforms, ranked(found), (sizes[0], sizes[1]), moved, tuple(dict.fromkeys(unread)))


def _contents(
    before: ImageOf,
    after: ImageOf,
    layers: Tuple[List[LayerOf], List[LayerOf]],
    contents: Tuple[Optional[Contents], Optional[Contents]],
    unread: List[str],
) -> List[Reason]:
    """Why the layers differ that are not in both images."""
    one, other = contents
    if one is None or other is None:
        return _stated(before, after, layers)
    read = one.read(layers[0]), other.read(layers[1])
    if read[0] is None or read[1] is None:
        unread += [*one.unread, *other.unread]
        return _stated(before, after, layers)
    found = _of_files(before, after, (read[0], read[1]), (one, other))
    unread += [*one.unread, *other.unread]
    return found


def _of_files(
    before: ImageOf, after: ImageOf, read: Tuple[List[Read], List[Read]], contents: Tuple[Contents, Contents]
) -> List[Reason]:
    files = files_of(read[0]), files_of(read[1])
    found: List[Reason] = []
    known: Set[str] = set()
    for pair in programs.pairs(*files, (before, after))[:_MOST_PROGRAMS]:
        reasons = programs.reasons(pair, contents)
        found += reasons
        # They say more than that the content of a file differs.
        known.update({f"/{pair[0]} content"} if reasons else ())
    versions = before.versions or _NO_VERSIONS, after.versions or _NO_VERSIONS
    found += file_reasons(*files, (contents[0].content, contents[1].content), versions, known)
    is_whole = not any(each.tree.left_out for side in read for each in side)
    return found + packing_reasons(*read, same_files=is_whole and not found)


def _stated(before: ImageOf, after: ImageOf, layers: Tuple[List[LayerOf], List[LayerOf]]) -> List[Reason]:
    """Why layers differ by what reports say, where the layers of one side are not there."""
    found = programs.stated_reasons(before, after)
    one, other = before.versions or _NO_VERSIONS, after.versions or _NO_VERSIONS
    for name, kind in (("ca-certificates", "certificates"), ("tzdata", "time zones")):
        if before.versions is not None and after.versions is not None and one.get(name) != other.get(name):
            values = one.get(name) or None, other.get(name) or None
            found.append(between(kind, name, values))
    archives = {layer.diff_id: layer for layer in layers[0] if layer.diff_id}
    for layer in layers[1]:
        same = archives.get(layer.diff_id)
        if same and same.recipe != layer.recipe:
            found.append(recipe_reason(same.recipe, layer.recipe))
    if not found:
        text = "layers: their files were not compared, because one side has only a report, or a layer cannot be read"
        digests = [", ".join(layer.digest for layer in side) or None for side in layers]
        found.append(between("file", "layers", digests, text))
    return found
