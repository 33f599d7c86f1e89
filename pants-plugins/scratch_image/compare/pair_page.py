"""A page about two images: why they differ, and both side by side, with growth as colours, edges and words."""

from __future__ import annotations

import math
from typing import Iterator, List, Optional, Sequence, Tuple

from scratch_image.compare.compare import Compared, Comparison
from scratch_image.compare.growth import GONE, GREW, NEW, SAME, SHRANK, Change, Grown, grown, kind_of, signed
from scratch_image.compare.markup import bytes_cell, cell, document, fact_list, legend, scrolled, table, text
from scratch_image.compare.shown import Shown
from scratch_image.compare.sizes import ImageSizes, LayerSize, platform_names
from scratch_image.compare.svg import KINDS, Form, page_style, svg
from scratch_image.compare.tree_of_sizes import tree
from scratch_image.oci.numbers import counted, size

_FORM, _ROWS = Form(width=720, height=600, most=500, named=True), 50
_LEGEND = (GREW, NEW, SHRANK, GONE, SAME)
_SIGNS = {GREW: "▲ grew", SHRANK: "▼ shrank"}
# The number of an image on each side.
Pair = Tuple[int, int]


def pair_page(comparison: Comparison, before: Optional[Shown], after: Optional[Shown]) -> str:
    """The page; a side is None where there are no layers, only a report: then there are no pictures."""
    title = " → ".join(comparison.names)
    lines = [f"<h1>{text(title, most=600)}</h1>", *_reasons(comparison)]
    pairs = _pairs(before.images, after.images) if before and after else []
    differing = [pair for pair in pairs if before and after and not _is_same(before.images[pair[0]], after.images[pair[1]])]
    if before is None or after is None:
        lines.append("<p>There are no pictures: one side is only a report, and has no layers.</p>")
    elif differing:
        lines += ["<p>The area of a box is its size, by the same scale in both pictures.</p>"]
        lines.append(legend({kind: _SIGNS.get(kind, KINDS[kind][0]) for kind in _LEGEND}))
        for number, pair in enumerate(differing, start=1):
            lines += _pair(before, after, pair, number)
    return document(title, page_style(), lines)


def _reasons(comparison: Comparison) -> Iterator[str]:
    yield '<section class="first" aria-labelledby="why">'
    yield f'<h2 id="why">{"The images are equal" if comparison.equal else "Why they differ"}</h2>'
    for name, root in zip(comparison.names, comparison.roots):
        yield f'<p>{text(name)}<br><span class="id dim">{text(root)}</span></p>'
    for compared in comparison.compared:
        yield from _compared(compared)
    yield "</section>"


def _compared(compared: Compared) -> Iterator[str]:
    if compared.platforms:
        yield f"<h3>{text(' → '.join(compared.platforms))}</h3>"
    yield "<ol>"
    yield from (f"<li>{text(reason.text, most=2000)}</li>" for reason in compared.reasons)
    yield "</ol>"
    yield from (f"<p>Not compared: {text(sentence, most=2000)}</p>" for sentence in compared.unread)
    if any(compared.sizes):
        change = Change("", *compared.sizes)
        facts = {"before": size(change.before), "after": size(change.after), "growth": signed(change)}
        yield fact_list({**facts, "in new layers": size(compared.moved)})


def _pairs(before: Sequence[ImageSizes], after: Sequence[ImageSizes]) -> List[Pair]:
    """Those of one platform belong together, and two single ones do."""
    if len(before) == len(after) == 1:
        return [(0, 0)]
    left = list(range(len(after)))
    found = []
    for number, image in enumerate(before):
        same = next((each for each in left if _is_same(image, after[each])), None)
        other = next((each for each in left if after[each].platform == image.platform), None) if same is None else same
        if other is not None:
            left.remove(other)
            found.append((number, other))
    return found


def _is_same(before: ImageSizes, after: ImageSizes) -> bool:
    return bool(before.digest) and before.digest == after.digest


def _pair(before: Shown, after: Shown, pair: Pair, number: int) -> List[str]:
    images = before.images[pair[0]], after.images[pair[1]]
    trees = [tree(image, side.parts[at], by_layer=False) for side, image, at in zip((before, after), images, pair)]
    found = grown(*trees)
    names = [platform_names(side.images)[at] for side, at in zip((before, after), pair)]
    heading = " → ".join(dict.fromkeys(names))
    lines = [f'<section aria-labelledby="p{number}"><h2 id="p{number}">{text(heading)}</h2>', '<div class="two">']
    lines += [*_picture(found, 0, names[0], number), *_picture(found, 1, names[1], number), "</div>"]
    lines += [f'<div id="p{number}t">', _changes(found), _layers(images), "</div>", "</section>"]
    return lines


def _picture(found: Grown, at: int, name: str, number: int) -> Iterator[str]:
    node = (found.before, found.after)[at]
    largest = max(found.before.size, found.after.size, 1)
    side = ("before", "after")[at]
    picture = svg(node, f"Sizes {side}, {name}", _FORM._replace(scale=math.sqrt(node.size / largest)))
    yield f"<div><h3>{side.capitalize()}: {size(node.size)} of files</h3>"
    yield scrolled(picture, f"Picture {side}, {name}", f"p{number}t")
    yield "</div>"


def _changes(found: Grown) -> str:
    rows = (
        [bytes_cell(change.before), bytes_cell(change.after), f'<td class="n">{text(signed(change))}</td>', _part(change)]
        for change in found.changes
    )
    count = len(found.changes)
    caption = f"{counted(count, 'part')} of another size" if count else "All parts have the same size"
    return table(caption, ("Before", "After", "Growth", "Part"), rows, 3, _ROWS, count)


def _part(change: Change) -> str:
    kind = kind_of(change.before, change.after)
    mark = {GREW: "▲", NEW: "new", SHRANK: "▼", GONE: "gone"}[kind]
    return f'<td><span class="mark {kind}">{mark}</span> {text(change.name)}</td>'


def _layers(images: Tuple[ImageSizes, ImageSizes]) -> str:
    digests = [{layer.digest for layer in image.layers} for image in images]
    common = digests[0] & digests[1]
    rows: List[List[str]] = []
    for image, what in zip(images, (GONE, NEW)):
        layers: List[LayerSize] = [layer for layer in image.layers if what == NEW or layer.digest not in common]
        for layer in layers:
            rows.append(
                [bytes_cell(layer.stored), cell("in both" if layer.digest in common else what), cell(layer.created_by)]
            )
    return table("Layers as they are stored", ("Stored", "Where", "Layer"), rows, 1, _ROWS, len(rows))
