"""How the same content is packed: builder, layers, recipes, compression, times."""

from __future__ import annotations

from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from scratch_image.compare.image import ImageOf, LayerOf
from scratch_image.compare.reason import Reason, between, changed
from scratch_image.compare.tree import ForeignTree, Item
from scratch_image.layout.layers import LayerBlob
from scratch_image.oci.names import CREATED_BY
from scratch_image.oci.numbers import counted, digits
from scratch_image.oci.text import printable

_SHOWN = 80


class Read(NamedTuple):
    """A layer that was read: as documents have it, its blob, and its files."""

    layer: LayerOf
    blob: LayerBlob
    tree: ForeignTree


def builder_reason(before: ImageOf, after: ImageOf) -> Optional[Reason]:
    """Another builder, by the lines of the history, if one of the two is this project."""
    one, other = _builder(before), _builder(after)
    if one == other or before.config is None or after.config is None:
        return None
    return changed("builder", "builder", one, other, f"built by another program: {one} → {other}")


def is_ours(image: ImageOf) -> bool:
    """Whether this project built an image, by the lines of its history: then no layer changes what another one has."""
    return bool(image.layers) and all(layer.created_by in CREATED_BY for layer in image.layers)


def _builder(image: ImageOf) -> str:
    if is_ours(image):
        return "scratch_image"
    first = next((layer.created_by for layer in image.layers if layer.created_by), "")
    comment = ""
    for entry in (image.config.children("history") if image.config else None) or ():
        comment = comment or (entry.member("comment", str) if entry else None) or ""
    text = first or comment
    return f"another builder ({text[:_SHOWN]!r})" if text else "another builder, without a history"


def layer_reasons(before: ImageOf, after: ImageOf) -> List[Reason]:
    """Another order, number or media type of layers, and other lines in the history, by the documents alone."""
    found: List[Reason] = []
    one, other = ([layer.digest for layer in image.layers] for image in (before, after))
    if one != other and sorted(one) == sorted(other):
        found.append(
            changed("layers", "order of layers", ", ".join(one), ", ".join(other), "the same layers in another order")
        )
    types = {layer.digest: layer.media_type for layer in before.layers}
    for layer in after.layers:
        known, stated = types.get(layer.digest, ""), layer.media_type
        if known and stated and known != stated:
            text = f"media type of a layer: {printable(known)} → {printable(stated)}"
            found.append(changed("compression", "media type", known, stated, text))
    lines = [[layer.created_by for layer in image.layers] for image in (before, after)]
    if sorted(lines[0]) != sorted(lines[1]) and _builder(before) == _builder(after) and before.config and after.config:
        texts = ["; ".join(side) for side in lines]
        found.append(between("history", "history", texts, "other lines in the history of the layers"))
    return found


def time_reasons(before: ImageOf, after: ImageOf) -> Iterator[Reason]:
    """`created` of the image and in its history."""
    if before.config is None or after.config is None:
        return
    one, other = before.config.member("created", str), after.config.member("created", str)
    if one != other:
        yield changed("time", "created", one, other)
    times = [_history_times(image) for image in (before, after)]
    if times[0] != times[1] and one == other:
        yield changed("time", "history", times[0], times[1], f"created, in the history: {times[0]} → {times[1]}")


def _history_times(image: ImageOf) -> str:
    entries = (image.config.children("history") if image.config else None) or ()
    times = dict.fromkeys((entry.member("created", str) if entry else None) or "none" for entry in entries)
    return ", ".join(times) or "no lines"


def packing_reasons(before: Sequence[Read], after: Sequence[Read], same_files: bool) -> List[Reason]:
    """Why layers differ that hold the same, of those that were read; `same_files` is whether the files of all are equal."""
    found: List[Reason] = []
    left = list(after)
    pairs: List[Tuple[Read, Read]] = []
    for one in before:
        other = next((each for each in left if each.blob.diff_id == one.blob.diff_id), None)
        if other:
            left.remove(other)
            pairs.append((one, other))
    for one, other in pairs:
        if one.layer.digest != other.layer.digest:
            found.append(_compression(one, other))
    rest = [one for one in before if one not in [pair[0] for pair in pairs]]
    if same_files and (rest or left):
        found += _archives(rest, left)
    return found


def recipe_reason(before: str, after: str) -> Reason:
    """Why the blobs of one archive differ, by the recipes that reports name: another step, or another level."""
    is_level = before.partition(":")[0] == after.partition(":")[0]
    kind, what = ("compression", "level") if is_level else ("recipe", "recipe")
    return changed(kind, what, before, after, f"{what} of a layer: {before} → {after}")


def _compression(before: Read, after: Read) -> Reason:
    """Why two blobs hold one archive."""
    one, other = before.layer.recipe, after.layer.recipe
    sizes = f"{digits(before.blob.size)} → {counted(after.blob.size, 'byte')}"
    if one and other and one != other and before.blob.packing == after.blob.packing:
        reason = recipe_reason(one, other)
        return reason._replace(text=f"{reason.text}, {sizes}")
    one, other = before.blob.packing, after.blob.packing
    if one != other:
        return changed("compression", "compression", one, other, f"compression of a layer: {one} → {other}, {sizes}")
    text = f"compression of a layer: {one} by another level or compressor, {sizes}"
    return changed("compression", "compression", None, None, text)


def _archives(before: Sequence[Read], after: Sequence[Read]) -> Iterator[Reason]:
    """Why archives differ whose files, together, are the same."""
    if len(before) != len(after):
        text = f"the same files in {counted(len(after), 'layer')} instead of {len(before)}"
        yield changed("layers", "number of layers", str(len(before)), str(len(after)), text)
    elif [set(_paths(each)) for each in before] != [set(_paths(each)) for each in after]:
        yield changed("layers", "division into layers", None, None, "the same files, divided into layers in another way")
    recipes = [sorted({each.layer.recipe.partition("+")[0] for each in side} - {""}) for side in (before, after)]
    if all(recipes) and recipes[0] != recipes[1]:
        texts = [", ".join(side) for side in recipes]
        yield between("recipe", "recipe", texts, f"recipe of the archive: {texts[0]} → {texts[1]}")
    one, other = _times(before), _times(after)
    moved = [path for path in sorted(one) if path in other and one[path] != other[path]]
    if moved:
        values = _range(one), _range(other)
        yield between("time", "mtimes", values, f"times of {counted(len(moved), 'file')}: {values[0]} → {values[1]}")
    forms = [sorted({form for each in side for form in each.tree.forms}) for side in (before, after)]
    if forms[0] != forms[1]:
        texts = ["; ".join(side)[:_SHOWN] or "the form of recipe tar.1" for side in forms]
        yield between("tar", "form", texts, f"form of the tar archive: {texts[0]} → {texts[1]}")
    elif not moved and [_paths(each) for each in before] != [_paths(each) for each in after]:
        yield changed("tar", "order", None, None, "the entries of the tar archive are in another order")
    elif not moved and (not all(recipes) or recipes[0] == recipes[1]) and len(before) == len(after):
        yield changed("tar", "archive", None, None, "the tar archives of the same files differ in their form")


def _paths(layer: Read) -> List[str]:
    """What a layer has, in the order of its archive, without the root: that is there anyway."""
    return [path for path in layer.tree.items if path]


def _times(side: Sequence[Read]) -> Dict[str, Optional[int]]:
    found: Dict[str, Optional[int]] = {}
    for each in side:
        items: Mapping[str, Item] = each.tree.items
        found.update((path, item.mtime) for path, item in items.items())
    return found


def _range(times: Mapping[str, Optional[int]]) -> str:
    known = sorted({time for time in times.values() if time is not None})
    if not known:
        return "with fractions"
    text = str(known[0]) if len(known) == 1 else f"{known[0]} to {known[-1]}"
    return f"{text}, some with fractions" if None in times.values() else text
