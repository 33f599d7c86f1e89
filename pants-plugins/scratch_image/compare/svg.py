"""A treemap as SVG. Names come from foreign images: each is made visible and escaped, and no link is made of any."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Tuple

from scratch_image.compare.fitting import fitting
from scratch_image.compare.markup import text
from scratch_image.compare.treemap import Box, Node, layout
from scratch_image.oci.numbers import size

WIDTH, HEIGHT, MOST = 1200, 675, 1000


class Form(NamedTuple):
    """Of a picture: its sides, the number of boxes that it has at most, and the part of the sides that is filled. `named`
    has a line below for the whole name of the box that has the focus; `short` is for pages with many pictures: whole
    numbers, and sides by a rule of style, which browsers know."""

    width: int = WIDTH
    height: int = HEIGHT
    most: int = MOST
    scale: float = 1
    named: bool = False
    short: bool = False


WHOLE = Form()
_WHOLE_RECT = '<rect width="100%" height="100%"/>'
# Kind → what a legend says, and the colour in light, in dark. Text on them has a contrast of at least 7 to 1.
KINDS: Dict[str, Tuple[str, str, str]] = {
    "image": ("image", "#ffffff", "#10141a"),
    "layer": ("layer", "#eef1f5", "#1a2029"),
    "directory": ("directory", "#e3e8ef", "#232b36"),
    "file": ("file", "#cfe0f7", "#1f3858"),
    "program": ("program", "#e6defa", "#2d2450"),
    "module": ("module", "#cdebd3", "#1b432a"),
    "package": ("package", "#b4dfbe", "#245435"),
    "crate": ("crate", "#fbdfc0", "#54351a"),
    "namespace": ("namespace", "#fbdfc0", "#54351a"),
    "section": ("section", "#ece3d0", "#3d3624"),
    "other": ("other", "#dedede", "#3a3d42"),
    "more": ("small parts together", "#f3f4f6", "#2b3038"),
    # Two images side by side. Orange and blue are told apart by those who cannot tell red from green.
    "same": ("the same size", "#eceff3", "#262c35"),
    "grew": ("grew", "#fdd3a5", "#6a3b0b"),
    "new": ("new", "#fbb268", "#7c4203"),
    "shrank": ("shrank", "#c3dcf7", "#1c4470"),
    "gone": ("gone", "#99c5f2", "#11508f"),
}
# What changed has another edge as well: it is thick, and dashed where bytes went.
_EDGES = (
    ".grew rect,.new rect{stroke:#9a4a00;stroke-width:3}"
    ".shrank rect,.gone rect{stroke:#0a4f9e;stroke-width:3;stroke-dasharray:5 3}"
)
_DARK_EDGES = ".grew rect,.new rect{stroke:#ffb066}.shrank rect,.gone rect{stroke:#8cc4ff}"
# In units: the least side of a box that can be seen. Of the names: the height of letters, that of a line, the margin, the
# least box that has a name, and the strip for the name of the box that has the focus.
_LEAST_SIDE = 0.1
_FONT, _LINE, _MARGIN, _LEAST_WIDTH, _LEAST_HEIGHT, _STATUS = 12, 15, 4, 30, 15, 24


def style() -> str:
    """The rules for the boxes, in light and dark."""
    light = "".join(f".{kind} rect{{fill:{light}}}" for kind, (_, light, _) in KINDS.items())
    dark = "".join(f".{kind} rect{{fill:{dark}}}" for kind, (_, _, dark) in KINDS.items())
    return (
        f".map{{font:{_FONT}px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}}"
        ".map rect{width:100%;height:100%}"
        ".map text{fill:#111;pointer-events:none;unicode-bidi:isolate}.map .b{fill-opacity:.86}"
        f".map rect{{stroke:#7d8794;stroke-width:1}}{light}{_EDGES}"
        ".map g:focus{outline:none}.map g:focus rect{stroke:#0b5fff;stroke-width:5}"
        ".map .s{display:none}.map g:focus>.s,.map g:hover>.s{display:inline}"
        "@media screen and (prefers-color-scheme:dark){.map text{fill:#f3f4f6}.map rect{stroke:#6d7683}"
        f".map g:focus rect{{stroke:#8ab4ff}}{dark}{_DARK_EDGES}}}"
    )


def page_style() -> str:
    """The same for a page, whose legends have the colours as well."""
    light = "".join(f".key.{kind},.mark.{kind}{{background:{light}}}" for kind, (_, light, _) in KINDS.items())
    dark = "".join(f".key.{kind},.mark.{kind}{{background:{dark}}}" for kind, (_, _, dark) in KINDS.items())
    return f"{style()}{light}@media screen and (prefers-color-scheme:dark){{{dark}}}"


def svg(root: Node, title: str, form: Form = WHOLE, *, alone: bool = False) -> str:
    """The picture of a node; `alone` is a file of its own, with its rules in it."""
    boxes = layout(root, form.width * form.scale, form.height * form.scale, form.most)
    seen = [box for box in boxes if not box.depth or min(box.width, box.height) >= _LEAST_SIDE]
    high = form.height + (_STATUS if form.named else 0)
    head = f'<svg class="map" viewBox="0 0 {form.width} {high}"'
    head += ' xmlns="http://www.w3.org/2000/svg">' if alone else ">"
    rules = f"<style>{style()}</style>" if alone else ""
    first = f'{head}<title>{text(title)}</title>{rules}<g role="list">'
    return "\n".join([first, *(_box(box, form) for box in seen), "</g></svg>", ""])


def _box(box: Box, form: Form) -> str:
    node = box.node
    kind = node.kind if node.kind in KINDS else "other"
    note = f", {node.note}" if node.note else ""
    label = f"{node.name}, {size(node.size)}{note}"
    sides = (("x", box.x), ("y", box.y), ("width", box.width), ("height", box.height))
    place = " ".join(f'{name}="{round(value) if form.short else _number(value)}"' for name, value in sides)
    parts: List[str] = [f'<g role="listitem" tabindex="0" class="{kind}"><title>{text(label)}</title>']
    # An inner `svg` cuts off what is outside of it.
    parts.append(f"<svg {place}>{'<rect/>' if form.short else _WHOLE_RECT}")
    if box.depth:
        parts += _names(box, (f"{size(node.size)}{note}", node.note or size(node.size), size(node.size)), label)
    parts.append("</svg>")
    if form.named:
        parts.append(f'<text class="s" x="{_MARGIN}" y="{form.height + 17}">{text(label)}</text>')
    return "".join([*parts, "</g>"])


def _names(box: Box, measures: Tuple[str, ...], label: str) -> List[str]:
    """The name of a box and its size: in two lines if it has the room and nothing in it. The first of `measures` that fits
    is taken."""
    width = (box.width - 2 * _MARGIN) / _FONT
    if box.width < _LEAST_WIDTH or box.height < _LEAST_HEIGHT:
        return []
    in_two = not box.node.children and box.height >= _LEAST_HEIGHT + _LINE
    first = fitting(label, width) if not in_two else ""
    # What is left of a name says more than its size.
    first = fitting(box.node.name, width) if in_two or first.endswith("…") else first
    second = next((each for each in measures if fitting(each, width) == each), "") if in_two else ""
    found = [f'<text x="{_MARGIN}" y="{_FONT}">{text(first)}</text>'] if first else []
    return found + ([f'<text class="b" x="{_MARGIN}" y="{_FONT + _LINE}">{text(second)}</text>'] if second else [])


def _number(value: float) -> str:
    shown = f"{value:.1f}"
    return shown[:-2] if shown.endswith(".0") else shown
