"""Pages for tests: images whose names are hostile, and what must hold of any page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import Iterator, List, Tuple

import html5lib

from scratch_image.binary.blame import Part
from scratch_image.compare.bill import Component
from scratch_image.compare.compare import Compared, Comparison
from scratch_image.compare.reason import changed
from scratch_image.compare.shown import Shown
from scratch_image.compare.sizes import LayerSize
from tests.support.measured import SIZES

HTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    "\"onmouseover='alert(1)' x=\"",
    "</title></svg></style><img src=x onerror=alert(1)>",
    "]]><!--",
    "javascript:alert(1)",
    "https://example.com/?a=b&c",
    "&lt;b&gt;&#0;",
    "a\0b\x1b[2J\x7f",
    "\u202egpj.exe\u2066\u200b",
    "\u3164\u2800\u115f\ufe0f\u00ad",
    "\ud800",
    "\u05d0\u05d1/12 34\u0627",
    "x" * 5000,
    "W\u4e16\u754c" * 60,
    "a\n\tb\r\u2028c",
    "{}%s$(id)`id`",
    "",
]
TAGS = re.compile(
    "html|head|meta|title|style|body|main|section|h1|h2|h3|p|div|dl|dt|dd|ul|ol|li|span|br|a|table|caption|tbody|tr|th|td|"
    "svg|g|rect|text"
)


def shown(name: str, number: int = 0, growth: int = 0) -> Shown:
    """An image in which everything has a name; images of other numbers share a layer with it."""
    parts = (
        Part("package", name, name, 5000),
        Part("package", f"{name}/x", name, 500 + growth),
        Part("section", name, "", 500 - growth),
    )
    layers = (LayerSize(name, 400, 2048, "sha256:" + "a" * 64), LayerSize(name, 600, 10240, f"sha256:{number:064}"))
    sizes = replace(
        SIZES,
        program=name,
        files=((name, 6000), ("/a/b", 500 + growth), (f"/{name}/{name}", 300)),
        layer_of=(1, 0, 0),
        layers=layers,
        digest=f"sha256:{number + 7:064}",
        platform=f"linux/{name}",
    )
    finding, component = (name, name, name), Component(name, name, name, name)
    return Shown(name, name, (sizes, sizes), (parts, parts), (finding,), (component,))


def large(number: int = 0, packages: int = 500, files: int = 900) -> Shown:
    """An image with many parts and files, as there are in real ones."""
    parts = tuple(
        Part("package", f"example.com/some/package/{n}", f"example.com/m{n % 50} v1.{number}.0", 50_000 - 7 * n - number)
        for n in range(packages)
    )
    rest = tuple((f"/usr/share/zoneinfo/Region/{n}", 9_000 - n) for n in range(files))
    program = ("/app", sum(part.size for part in parts))
    layers = (LayerSize("scratch_image files", 4_000_000, 9_000_000, "sha256:" + "b" * 64),)
    layers += (LayerSize("scratch_image binary", 9_000_000, 25_000_000, f"sha256:{number:064}"),)
    sizes = replace(
        SIZES,
        program="/app",
        files=(program, *rest),
        layer_of=(1, *(0 for _ in rest)),
        layers=layers,
        digest=f"sha256:{number + 1:064}",
    )
    bill = tuple(Component(f"example.com/module/{n}", f"v1.{n}.0", "library", "Apache-2.0") for n in range(60))
    findings = tuple((f"SR{n:03}", "warning", f":bin looks for /etc/file{n}, which is not in the image") for n in range(3))
    return Shown(f"src/service{number}:image", "sha256:" + "0" * 64, (sizes,), (parts,), findings, bill)


def comparison(*names: str) -> Comparison:
    """What was found of images of which everything has one of the names, first theirs."""
    reasons = tuple(changed("file", name, name, name) for name in names)
    compared = Compared((names[0], names[1]), reasons, (100, 120), 60, (names[0],))
    return Comparison((names[0], names[1]), ("", ""), (compared,))


def parsed(content: str) -> ElementTree.Element:
    """The document that a page is. Raises html5lib's ParseError for the first thing that the specification of HTML calls a
    parse error."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=True)
    document: ElementTree.Element = parser.parse(content)
    return document


def wrong(content: str) -> List[str]:
    """What is wrong with a page: its tags, attributes, references, headings, tables, names for screen readers."""
    document = parsed(content)
    found: List[str] = []
    ids = [element.get("id", "") for element in document.iter() if element.get("id") is not None]
    found += [
        f"the id {each!r} is not one word, or is there twice" for each in ids if not each.strip() or ids.count(each) > 1
    ]
    for element in document.iter():
        found += _of_element(element, ids)
    levels = [int(tag[1]) for tag in map(_name, document.iter()) if re.fullmatch("h[1-6]", tag)]
    found += [] if levels[:1] == [1] and levels.count(1) == 1 else ["there is not one h1, at the beginning"]
    found += ["a heading is left out" for one, other in zip(levels, levels[1:]) if other > one + 1]
    found += [] if document.get("lang") else ["there is no language"]
    return found


def _of_element(element: ElementTree.Element, ids: List[str]) -> Iterator[str]:
    tag = _name(element)
    if not TAGS.fullmatch(tag):
        yield f"<{tag}>"
    for name, value in element.attrib.items():
        if name.startswith("on") or name in ("src", "action", "srcdoc") or ("href" in name and not value.startswith("#")):
            yield f"{tag} {name}={value!r}"
        if (name == "href" and value[1:] not in ids) or (name == "aria-labelledby" and value not in ids):
            yield f"{name}={value!r} leads nowhere"
        if name == "style" and not re.fullmatch(r"--p:[0-9]{1,3}%", value):
            yield f"style={value!r}"
    if tag == "table" and not _text(element.find(f"{HTML}caption")):
        yield "a table without a caption"
    if tag == "th" and element.get("scope") is None:
        yield "a heading of a table without a scope"
    if (tag == "section" and element.get("aria-labelledby") is None) or (tag == "title" and not _text(element)):
        yield f"a {tag} without a name"
    if element.get("role") in ("listitem", "region") and not (
        element.get("aria-label") or _text(element.find(f"{SVG}title"))
    ):
        yield f"a {element.get('role')} without a name"


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: object) -> str:
    return "".join(element.itertext()).strip() if isinstance(element, ElementTree.Element) else ""


def luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance", of a colour as #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colours: Tuple[str, str]) -> float:
    """WCAG 2.2, "contrast ratio"."""
    one, other = sorted(map(luminance, colours))
    return (other + 0.05) / (one + 0.05)
