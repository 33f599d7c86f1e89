"""Pins down the treemap, its picture and its page: areas are sizes, nothing overlaps, and hostile names do nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import List, Tuple

import pytest

from scratch_image.binary.blame import Part
from scratch_image.compare.page import Shown, page
from scratch_image.compare.picture import main
from scratch_image.compare.svg import HEIGHT, MOST, WIDTH, style, svg
from scratch_image.compare.tree_of_sizes import tree
from scratch_image.compare.treemap import Node, layout, merged
from tests.support.compared import Made
from tests.support.layouts import write
from tests.support.measured import SIZES

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    "\"onmouseover='alert(1)' x=\"",
    "</title></svg><img src=x onerror=alert(1)>",
    "]]><!--",
    "javascript:alert(1)",
    "https://example.com/?a=b&c",
    "&lt;b&gt;&#0;",
    "a\0b\x1b[2J\x7f",
    "\u202egpj.exe\u2066\u200b",
    "\ud800",
    "x" * 5000,
]


def leaves(count: int) -> Node:
    return Node("all", "image", sum(range(1, count + 1)), tuple(Node(f"n{n}", "file", n) for n in range(1, count + 1)))


@pytest.mark.parametrize("count", [1, 2, 7, 100, 5000])
def test_areas_are_sizes(count: int) -> None:
    root = leaves(count)
    boxes = layout(root, 1200, 675, 1000)
    assert len(boxes) <= 1001 and boxes[0].node is root
    scale = 1200 * 675 / root.size
    for box in boxes:
        assert box.width * box.height == pytest.approx(box.node.size * scale, rel=0.01)
        assert box.x >= -0.01 and box.y >= -0.01 and box.x + box.width <= 1200.01 and box.y + box.height <= 675.01
    assert sum(box.node.size for box in boxes[1:]) == root.size


def test_boxes_of_one_depth_do_not_overlap() -> None:
    boxes = layout(leaves(60), 1200, 675, 1000)[1:]
    for one in boxes:
        for other in boxes:
            wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert one is other or wide < 0.01 or high < 0.01


def test_what_is_small_is_one_box() -> None:
    nodes = [Node("a", "file", 100), Node("b", "file", 3), Node("c", "file", 2), Node("d", "file", 0)]
    assert merged(nodes, 5, 10) == [nodes[0], Node("2 more", "more", 5)]
    assert merged(nodes, 3, 10) == nodes[:3]
    assert [node.name for node in merged(nodes, 0, 1)] == ["a", "2 more"]


@pytest.mark.parametrize("node", [Node("", "image", 0), Node("a", "x", 1), Node("a", "x", 0, (Node("b", "y", 0),))])
def test_nothing_to_draw(node: Node) -> None:
    assert len(layout(node, 1200, 675, 1000)) == 1


def shown_of(name: str) -> Shown:
    part = Part("package", name, name, 5000)
    sizes = replace(SIZES, program=name, files=((name, 6000), ("/a/b", 500)), platform="linux/amd64")
    return Shown(name, name, (sizes,), {"linux/amd64": (part,)}, ((name, name, name),))


class Reader(HTMLParser):
    """What a page has: tags with the names of their attributes, and what each of them leads to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: List[str] = []
        self.tags: List[Tuple[str, Tuple[str, ...]]] = []
        self.left: List[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        if tag not in ("meta", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag, f"{tag} ends out of order"


ALLOWED = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "div", "table", "caption", "tr"}
ALLOWED |= {"th", "td", "svg", "g", "rect", "text"}


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_do_nothing_on_a_page(name: str) -> None:
    content = page([shown_of(name)])
    reader = Reader()
    reader.feed(content)
    reader.close()
    assert reader.open == [] and {tag for tag, _ in reader.tags} <= ALLOWED
    attributes = {attribute for _, found in reader.tags for attribute in found}
    assert not any(attribute.startswith("on") or attribute in ("href", "src", "xlink:href") for attribute in attributes)
    assert all(line.isprintable() for line in content.split("\n"))
    content.encode("utf-8")


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_do_nothing_in_a_picture(name: str) -> None:
    root = tree(shown_of(name).images[0], shown_of(name).parts["linux/amd64"])
    document = ElementTree.fromstring(svg(root, name, alone=True))
    tags = {element.tag.replace(SVG, "") for element in document.iter()}
    assert tags <= {"svg", "title", "style", "g", "rect", "text"}
    for group in document.iter(f"{SVG}g"):
        assert group.attrib == {"role": "listitem", "tabindex": "0"} and group[0].tag == f"{SVG}title"


def test_a_page_asks_for_nothing() -> None:
    content = page([shown_of("a"), shown_of("b")])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', content)
    assert policy and policy[1].startswith("default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;")
    assert content.index("Content-Security-Policy") < content.index("<style>")
    for word in ("<script", "http://", "https://", "url(", "@import", "<a ", "<img", "<link"):
        assert word not in content


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark, letters", [(False, "#111111"), (True, "#f3f3f3")])
def test_names_have_a_contrast_of_seven_to_one(dark: bool, letters: str) -> None:
    """WCAG 2.2, 1.4.6."""
    light_rules, _, dark_rules = style().partition("@media")
    colours = re.findall(r"\.k-[a-z]+\{fill:(#[0-9a-f]{6})\}", dark_rules if dark else light_rules)
    assert len(colours) == 11
    for colour in colours:
        one, other = sorted((luminance(colour), luminance(letters)))
        assert (other + 0.05) / (one + 0.05) >= 7, colour


def test_a_thousand_boxes_at_most() -> None:
    parts = tuple(Part("package", f"p{n}", f"m{n % 300}", 5_000_000 - n) for n in range(4000))
    sizes = replace(SIZES, program="/app", files=(("/app", sum(part.size for part in parts)),))
    picture = svg(tree(sizes, parts), "a", alone=True)
    assert 500 < picture.count("<g ") <= MOST + 1 and f'viewBox="0 0 {WIDTH} {HEIGHT}"' in picture


def test_a_page_of_many_images_is_small() -> None:
    """25 kB per image, whatever is in them; on a page of one, more is drawn."""
    parts = tuple(Part("package", f"example.com/some/package/{n}", f"m{n % 50}", 50_000 - n) for n in range(500))
    files = tuple((f"/usr/share/zoneinfo/Region/{n}", 9_000 - n) for n in range(900))
    sizes = replace(SIZES, program="/app", files=(("/app", sum(part.size for part in parts)), *files))
    shown = Shown("src:image", "sha256:" + "0" * 64, (sizes,), {"linux/amd64": parts})
    assert len(page([shown] * 200).encode()) <= 200 * 25_000 < 200 * len(page([shown]).encode())


def test_the_command(tmp_path: Path, capsys) -> None:
    path = Made().write(tmp_path / "a")
    assert main([path, "--html", str(tmp_path / "p.html"), "--svg", str(tmp_path / "p.svg")]) == 0
    html = (tmp_path / "p.html").read_text()
    assert "golang.org/x/net v0.30.0" in html and "golang.org/x/net" in (tmp_path / "p.svg").read_text()
    assert capsys.readouterr().out == ""
    assert main([path, path, "--depth", "2"]) == 0
    assert capsys.readouterr().out.count(f"{path} linux/amd64") == 2


def test_what_cannot_be_shown(tmp_path: Path, capsys) -> None:
    path = Made().write(tmp_path / "a")
    files = Made().layout()
    files.pop("index.json")
    bad = write(files, tmp_path / "bad")
    for arguments, name in (
        ([bad], bad),
        (["/nonexistent"], "/nonexistent"),
        ([path, "--html", "/nonexistent/x"], "/nonexistent/x"),
    ):
        assert main(arguments) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1) and err.startswith(f"{name}: ")
