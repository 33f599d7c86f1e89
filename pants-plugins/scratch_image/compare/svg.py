"""A treemap as SVG. Names come from foreign images: each is made visible and escaped, and no link is made of any."""

from __future__ import annotations

from html import escape
from typing import List

from scratch_image.compare.treemap import Box, Node, layout
from scratch_image.oci.numbers import size
from scratch_image.oci.text import printable

WIDTH, HEIGHT, MOST = 1200, 675, 1000
# Kind → fill in light, in dark. Text on them has a contrast of at least 7 to 1.
_COLOURS = {
    "image": ("#ffffff", "#111418"),
    "directory": ("#eceff3", "#1d232b"),
    "file": ("#dbe7f6", "#1f3350"),
    "program": ("#e9e4f5", "#2a2340"),
    "module": ("#d7ecd9", "#1f3d27"),
    "package": ("#c3e3c7", "#28512f"),
    "crate": ("#f6e2cf", "#4a3218"),
    "namespace": ("#f6e2cf", "#4a3218"),
    "section": ("#e7e3dc", "#37332b"),
    "other": ("#dedede", "#3a3a3a"),
    "more": ("#f1f1f1", "#2b2b2b"),
}
# Of the names, in units: the height of letters, about the width of one, and the least box that has a name.
_FONT, _LETTER, _LEAST_WIDTH, _LEAST_HEIGHT = 11, 6.4, 34, 13


def style() -> str:
    """The rules for the boxes, in light and dark."""
    light = "".join(f".k-{kind}{{fill:{colours[0]}}}" for kind, colours in _COLOURS.items())
    dark = "".join(f".k-{kind}{{fill:{colours[1]}}}" for kind, colours in _COLOURS.items())
    return (
        f".map{{font:{_FONT}px ui-sans-serif,system-ui,sans-serif}}.map text{{fill:#111;pointer-events:none}}"
        f".map rect{{stroke:#8a919b;stroke-width:.6}}.map g:focus rect{{stroke:#0b5fff;stroke-width:3}}{light}"
        f"@media (prefers-color-scheme:dark){{.map text{{fill:#f3f3f3}}.map rect{{stroke:#6b727c}}{dark}}}"
    )


def svg(root: Node, title: str, *, alone: bool, most: int = MOST) -> str:
    """The picture of a node, with about `most` boxes at most; `alone` is a file of its own, with its rules in it."""
    boxes = layout(root, WIDTH, HEIGHT, most)
    head = f'<svg class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="list" aria-label="{text(title)}"'
    head += ' xmlns="http://www.w3.org/2000/svg">' if alone else ">"
    rules = f"<style>{style()}</style>" if alone else ""
    return "\n".join([f"{head}<title>{text(title)}</title>{rules}", *map(_box, boxes), "</svg>", ""])


def text(name: str) -> str:
    """A name for HTML and SVG, as text or in an attribute: what cannot be seen is written out."""
    return escape(printable(name), quote=True)


def _box(box: Box) -> str:
    node = box.node
    kind = node.kind if node.kind in _COLOURS else "other"
    label = f"{node.name}, {size(node.size)}"
    parts: List[str] = [f'<g role="listitem" tabindex="0"><title>{text(label)}</title>']
    parts.append(
        f'<rect class="k-{kind}" x="{box.x:.1f}" y="{box.y:.1f}" width="{max(box.width, 0):.1f}" '
        f'height="{max(box.height, 0):.1f}"/>'
    )
    if box.depth and box.width >= _LEAST_WIDTH and box.height >= _LEAST_HEIGHT:
        parts.append(f'<text x="{box.x + 3:.1f}" y="{box.y + _FONT:.1f}">{text(_fitting(label, box.width - 6))}</text>')
    return "".join([*parts, "</g>"])


def _fitting(label: str, width: float) -> str:
    """As much of a label as fits. What is written out takes more room, so that is what is counted."""
    most = int(width / _LETTER)
    shown = printable(label)
    return shown if len(shown) <= most else f"{shown[: max(most - 1, 0)]}…"
