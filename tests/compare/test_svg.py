"""Pins down the picture: names in it do nothing, and can be read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from scratch_image.compare.page import picture
from scratch_image.compare.svg import KINDS, MOST, style, svg
from scratch_image.compare.treemap import Node
from tests.support.pages import HOSTILE, SVG, contrast, large, shown


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_do_nothing_in_a_picture(name: str) -> None:
    content = picture(shown(name))
    document = ElementTree.fromstring(content)
    assert {element.tag.replace(SVG, "") for element in document.iter()} <= {"svg", "title", "style", "g", "rect", "text"}
    attributes = {attribute for element in document.iter() for attribute in element.attrib}
    assert attributes <= {"class", "viewBox", "role", "tabindex", "x", "y", "width", "height"}
    for group in document.iter(f"{SVG}g"):
        assert group.get("role") == "list" or (group.get("tabindex") == "0" and group[0].tag == f"{SVG}title")
    assert all(line.isprintable() for line in content.split("\n"))
    for word in ("http://", "https://", "url(", "@import"):
        assert word not in content.replace("http://www.w3.org/2000/svg", "").replace("https://example.com/", "")


@pytest.mark.parametrize("dark, letters", [(False, "#111111"), (True, "#f3f4f6")])
def test_names_have_a_contrast_of_seven_to_one(dark: bool, letters: str) -> None:
    """WCAG 2.2, 1.4.6."""
    light_rules, _, dark_rules = style().partition("@media")
    rules = dark_rules if dark else light_rules
    assert f".map text{{fill:{letters.replace('#111111', '#111')}" in rules
    colours = re.findall(r"\.[a-z]+ rect\{fill:(#[0-9a-f]{6})\}", rules)
    assert len(colours) == len(KINDS)
    for colour in colours:
        assert contrast((colour, letters)) >= 7, colour


@pytest.mark.parametrize("scheme", [1, 2])
def test_growth_is_not_said_by_colour_alone(scheme: int) -> None:
    """Edges differ in form; the colours of growth are told apart without red and green: by their blue."""
    assert "stroke-dasharray" in style() and style().count("stroke-width:3") == 2
    for one, other in (("grew", "shrank"), ("new", "gone")):
        blue = [int(KINDS[kind][scheme][5:], 16) for kind in (one, other)]
        assert abs(blue[0] - blue[1]) >= 40, (one, other)


def test_a_thousand_boxes_at_most() -> None:
    content = picture(large(packages=4000))
    assert 500 < content.count('role="listitem"') <= MOST + 1


def test_what_has_no_area_is_not_drawn() -> None:
    """It could not be seen, and would be one more stop of the keyboard."""
    nodes = (Node("a", "file", 10**9), Node("b", "file", 1))
    assert svg(Node("", "image", 10**9 + 1, nodes), "t").count('role="listitem"') == 2


def test_numbers_are_short() -> None:
    content = svg(Node("a", "image", 9, (Node("b", "file", 6), Node("c", "strange", 3))), "t")
    assert '<svg x="0" y="0" width="800" height="675">' in content and 'class="other"' in content
