"""A page about images: one file without scripts and without anything from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Mapping, Sequence, Tuple

from scratch_image.binary.blame import Part
from scratch_image.compare.show_sizes import grouped
from scratch_image.compare.sizes import ImageSizes
from scratch_image.compare.svg import MOST, style, svg, text
from scratch_image.compare.tree_of_sizes import tree
from scratch_image.oci.numbers import digits

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Boxes of a picture and rows of a table, on a page of one image and on one of many.
_ALONE, _TOGETHER = (MOST, 30), (100, 10)
_STYLE = (
    ":root{color-scheme:light dark}body{font:15px/1.45 system-ui,sans-serif;margin:1.5rem;color:#111;background:#fff;"
    "overflow-wrap:anywhere}h1{font-size:1.4rem}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem}"
    "table{border-collapse:collapse;margin:.5rem 0}th,td{padding:.15rem .6rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #c9ced6}caption{text-align:left;"
    "font-weight:600;padding:.3rem .6rem}td.n,th.n{text-align:right;white-space:nowrap}"
    ".map{display:block;width:100%;height:auto}.wide{overflow-x:auto}"
    "@media (prefers-color-scheme:dark){body{color:#f3f3f3;background:#111418}th,td{border-color:#3c434d}}"
    "@media print{h2{break-before:page}h2:first-of-type{break-before:auto}}"
)


@dataclass(frozen=True)
class Shown:
    """An image on the page: its name and digest, its sizes by platform, the parts of its programs by platform, and what its
    report found, (check, severity, text)."""

    name: str
    digest: str
    images: Tuple[ImageSizes, ...]
    parts: Mapping[str, Tuple[Part, ...]]
    findings: Sequence[Tuple[str, str, str]] = ()


def page(images: Sequence[Shown]) -> str:
    """The page."""
    title = images[0].name if len(images) == 1 else f"{len(images)} images"
    lines = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{text(_POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{text(title)}</title>\n<style>{_STYLE}{style()}</style>\n</head>\n<body>\n<main>\n<h1>{text(title)}</h1>",
    ]
    most, rows = _ALONE if len(images) == 1 else _TOGETHER
    for image in images:
        lines += _image(image, most, rows)
    return "\n".join([*lines, "</main>\n</body>\n</html>", ""])


def _image(shown: Shown, most: int, rows: int) -> List[str]:
    lines = [f"<h2>{text(shown.name)}</h2>", f"<p>{text(shown.digest)}</p>"]
    if shown.findings:
        lines.append(_table("Findings", ("Check", "Severity", "Finding"), shown.findings, 0, rows))
    for image in shown.images:
        title = f"{shown.name} {image.platform}"
        lines.append(f"<h3>{text(image.platform)}</h3>")
        lines.append(f"<p>{digits(image.stored)} bytes stored, {digits(image.unpacked)} unpacked</p>")
        parts = shown.parts.get(image.platform, ())
        lines.append(svg(tree(image, parts), f"Sizes in {title}", alone=False, most=most))
        layers = [(digits(layer.stored), digits(layer.unpacked), layer.created_by) for layer in image.layers]
        lines.append(_table("Layers", ("Stored", "Unpacked", "Layer"), layers, 2, rows))
        files = [(digits(size), path) for path, size in image.files]
        lines.append(_table("Largest files", ("Bytes", "File"), files, 1, rows))
        groups = [(digits(sum(size for _, size in inside)), group) for group, inside in grouped(parts)]
        if groups:
            lines.append(_table(f"In {image.program}", ("Bytes", "Part"), groups, 1, rows))
    return lines


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int, most: int) -> str:
    """A table, whose first columns are `numbers`; those beyond `most` rows are counted."""
    every = list(rows)
    found = ["<tr>" + "".join(_cell("th", head, at < numbers) for at, head in enumerate(heads)) + "</tr>"]
    for row in every[:most]:
        found.append("<tr>" + "".join(_cell("td", cell, at < numbers) for at, cell in enumerate(row)) + "</tr>")
    if len(every) > most:
        found.append(f'<tr><td colspan="{len(heads)}">{len(every) - most} more</td></tr>')
    body = "\n".join(found)
    return f'<div class="wide"><table><caption>{text(caption)}</caption>\n{body}\n</table></div>'


def _cell(tag: str, content: str, is_number: bool) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    number = ' class="n"' if is_number else ""
    return f"<{tag}{scope}{number}>{text(content)}</{tag}>"
