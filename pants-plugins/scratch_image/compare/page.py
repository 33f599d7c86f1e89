"""A page about images: one file without scripts and without anything from elsewhere; and a picture of one image."""

from __future__ import annotations

from typing import Iterable, List, Sequence

from scratch_image.binary.blame import Part
from scratch_image.compare.markup import bytes_cell, cell, document, fact_list, legend, scrolled, table, text
from scratch_image.compare.shared import Shared, Stored, stored
from scratch_image.compare.show_sizes import grouped
from scratch_image.compare.shown import Shown
from scratch_image.compare.sizes import ImageSizes, platform_names
from scratch_image.compare.svg import KINDS, MOST, Form, page_style, svg
from scratch_image.compare.tree_of_sizes import tree
from scratch_image.oci.numbers import counted, digits, size

# Boxes of a picture, rows of a table, and rows of a bill of materials, on a page of one image and on one of many.
_ALONE, _TOGETHER = (MOST, 30, 500), (100, 10, 10)
_OF_AN_INDEX, _LEAST_BOXES, _LEAST_ROWS = 70, 10, 3
# As wide as the text of a README, so that names in it can be read.
_PICTURE = Form(width=900, height=506)
_LEGEND = ("layer", "directory", "file", "program", "module", "package", "crate", "section", "more")
_NAMES = 10


def page(images: Sequence[Shown]) -> str:
    """The page."""
    title = images[0].name if len(images) == 1 else f"{len(images)} images"
    sums = stored((image.name, image.images) for image in images)
    lines = [f"<h1>{text(title)}</h1>", *_overview(images, sums)] if len(images) > 1 else [f'<h1 id="i1">{text(title)}</h1>']
    lines += ["<p>The area of a box is its size.</p>", legend({kind: KINDS[kind][0] for kind in _LEGEND})]
    for number, image in enumerate(images, start=1):
        lines += _image(image, number, sums, is_alone=len(images) == 1)
    return document(title, page_style(), lines)


def picture(shown: Shown) -> str:
    """A picture of the first platform of an image, as a file of its own."""
    image = shown.images[0]
    title = f"Sizes in {shown.name} {platform_names(shown.images)[0]}"
    return svg(tree(image, shown.parts[0]), title, _PICTURE, alone=True)


def _overview(images: Sequence[Shown], sums: Stored) -> List[str]:
    """What all images have together, and a list of them with links to their places below."""
    largest = max(_stored(image) for image in images)
    rows = [
        [
            bytes_cell(_stored(image), largest),
            f'<td><a href="#i{number}">{text(image.name)}</a></td>',
            cell(", ".join(dict.fromkeys(each.platform for each in image.images))),
            cell(digits(len(image.findings))),
        ]
        for number, image in enumerate(images, start=1)
    ]
    facts = {"images": digits(len(images)), "stored": size(sums.together)}
    facts.update({"without sharing": size(sums.apart), "shared layers": digits(len(sums.shared))} if sums.shared else {})
    lines = ['<section class="first" aria-labelledby="all">', '<h2 id="all">All images</h2>', fact_list(facts)]
    lines.append(table("Images", ("Stored", "Image", "Platforms", "Findings"), rows, 1, len(rows), len(rows)))
    if sums.shared:
        shared = map(_shared, sums.shared)
        heads = ("Stored once", "Spared", "Layer", "In")
        lines.append(table("Layers that several images have", heads, shared, 2, 50, len(sums.shared)))
    return [*lines, "</section>"]


def _stored(image: Shown) -> int:
    return sum(each.stored for each in image.images)


def _shared(shared: Shared) -> List[str]:
    layer, more = shared.layer, len(shared.images) - _NAMES
    names = ", ".join((*shared.images[:_NAMES], *((f"{more} more",) if more > 0 else ())))
    described = f'{text(layer.created_by)} <span class="id">{text(layer.digest[:19])}</span>'
    where = f"{counted(len(shared.images), 'image')}: {names}"
    spared = layer.stored * (len(shared.images) - 1)
    return [bytes_cell(layer.stored), bytes_cell(spared), f"<td>{described}</td>", f"<td>{text(where, most=2000)}</td>"]


def _image(shown: Shown, number: int, sums: Stored, *, is_alone: bool) -> List[str]:
    _, rows, bill = _ALONE if is_alone else _TOGETHER
    first = ' class="first"' if is_alone else ""
    lines = [f'<section{first} aria-labelledby="i{number}">']
    lines += [] if is_alone else [f'<h2 id="i{number}">{text(shown.name)}</h2>']
    lines.append(f'<p class="id dim">{text(shown.digest)}</p>')
    if shown.findings:
        findings = (list(map(cell, finding)) for finding in shown.findings)
        lines.append(table("Findings", ("Check", "Severity", "Finding"), findings, 0, rows, len(shown.findings)))
    for at, platform in enumerate(platform_names(shown.images)):
        lines += _platform(shown, at, platform, f"i{number}p{at + 1}", sums, is_alone)
    if shown.components:
        heads = ("Component", "Version", "Type", "License")
        components = (list(map(cell, component)) for component in shown.components)
        count = len(shown.components)
        lines.append(table(f"Bill of materials: {counted(count, 'component')}", heads, components, 0, bill, count))
    return [*lines, "</section>"]


def _platform(shown: Shown, at: int, platform: str, place: str, sums: Stored, is_alone: bool) -> List[str]:
    image, parts = shown.images[at], shown.parts[at]
    most, rows, _ = _ALONE if is_alone else _TOGETHER
    count = len(shown.images)
    if count > 1 and not is_alone:
        # The platforms of an index have together a little less than another image: each has headings and tables.
        most, rows = max(_OF_AN_INDEX // count, _LEAST_BOXES), max(rows // count, _LEAST_ROWS)
    lines = [f"<h2>{text(platform)}</h2>" if is_alone else f"<h3>{text(platform)}</h3>"]
    if len(shown.images) > 1:
        lines.append(f'<p class="id dim">{text(image.digest)}</p>')
    facts = {"stored": size(image.stored), "unpacked": size(image.unpacked), "layers": digits(len(image.layers))}
    lines.append(fact_list({**facts, "files": digits(len(image.files) + image.more)}))
    picture = svg(
        tree(image, parts), f"Sizes in {shown.name} {platform}", Form(most=most, named=is_alone, short=not is_alone)
    )
    lines.append(scrolled(picture, f"Picture of {shown.name} {platform}", place))
    lines += [f'<div class="tables" id="{place}">', *_tables(image, parts, sums, rows), "</div>"]
    return lines


def _tables(image: ImageSizes, parts: Sequence[Part], sums: Stored, rows: int) -> Iterable[str]:
    layers = [
        [bytes_cell(layer.stored, image.stored), bytes_cell(layer.unpacked), cell(layer.created_by)]
        + ([cell(_elsewhere(sums.count(layer.digest)))] if sums.shared else [])
        for layer in image.layers
    ]
    heads = ("Stored", "Unpacked", "Layer", *(("Shared",) if sums.shared else ()))
    yield table(f"{counted(len(layers), 'layer')}, base first", heads, layers, 2, rows, len(layers))
    total = sum(count for _, count in image.files) + image.more_bytes
    files = ([bytes_cell(count, total), cell(path)] for path, count in image.files)
    yield table("Largest files", ("Bytes", "File"), files, 1, rows, len(image.files) + image.more)
    whole = sum(part.size for part in parts)
    groups = grouped(parts)
    if groups:
        cells = ([bytes_cell(sum(each for _, each in inside), whole), cell(group)] for group, inside in groups)
        yield table(f"In {image.program}", ("Bytes", "Part"), cells, 1, rows, len(groups))


def _elsewhere(count: int) -> str:
    return f"with {counted(count - 1, 'other image')}" if count > 1 else ""
