"""Looks at pages in a real browser: nothing is broken, too wide, unreadable or out of reach of a keyboard."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Dict, Iterator

import pytest

from scratch_image.compare.page import page, picture
from scratch_image.compare.pair_page import pair_page
from scratch_image.compare.shown import Shown
from tests.support.browser import Page, browser
from tests.support.pages import HOSTILE, comparison, large, shown
from tests.support.tools import require

# Every visible text with less contrast than WCAG 2.2 asks for (1.4.3): its colour against that of the nearest ground, a box
# of the picture or an element of the page.
UNREADABLE = """(() => {
  const channels = text => (text.match(/[0-9.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = element => {
    const box = element.closest('.map svg, .map > g > g');
    if (box) return channels(getComputedStyle(box.querySelector('rect')).fill);
    for (let one = element; one; one = one.parentElement) {
      const found = channels(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const style = getComputedStyle(element);
    if (!own || element.tagName === 'title' || style.display === 'none' || element.closest('.skip')) continue;
    const letters = channels(element.tagName === 'text' ? style.fill : style.color);
    const [one, other] = [luminance(letters), luminance(ground(element))].sort((a, b) => b - a);
    if ((one + 0.05) / (other + 0.05) < 4.5) bad.push([element.tagName, element.textContent.slice(0, 40)]);
  }
  return bad;
})()"""
# What is wider than the window, but for what scrolls.
TOO_WIDE = """[...document.querySelectorAll('body *')]
  .filter(each => !each.closest('.wide') && each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('.skip'))
  .map(each => [each.tagName, each.textContent.slice(0, 40)])"""
# Letters that leave their box: a picture cuts them off.
CUT_OFF = """[...document.querySelectorAll('.map svg text')].filter(each => {
    const sides = each.parentElement, text = each.getBBox();
    return text.x + text.width > sides.width.baseVal.value + 1 || text.y + text.height > sides.height.baseVal.value + 3;
  }).map(each => each.textContent)"""
FOCUS = "document.activeElement.className.baseVal ?? document.activeElement.outerHTML.slice(0, 60)"


def hostile(growth: int = 0) -> Shown:
    """An image with every hostile name on it, as its own and as a platform's; with growth, another one of the same names."""
    every = [shown(name or "a", number + growth, growth) for number, name in enumerate(HOSTILE)]
    first = every[0]
    return replace(
        first,
        images=tuple(each.images[0] for each in every),
        parts=tuple(each.parts[0] for each in every),
        findings=[finding for each in every for finding in each.findings],
        components=[component for each in every for component in each.components],
    )


def pages() -> Dict[str, str]:
    one, other = large(5, packages=300, files=20), large(2, packages=280, files=20)
    return {
        "many": page([large(number, 60, 30) for number in range(4)]),
        "one": page([large(packages=2000)]),
        "hostile": page([hostile()]),
        "hostile-many": page([shown(name or "a", number) for number, name in enumerate(HOSTILE)]),
        "pair": pair_page(comparison("before", "after"), one, other),
        "hostile-pair": pair_page(comparison(HOSTILE[0], HOSTILE[8]), hostile(), hostile(100)),
        "picture": picture(large()),
    }


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    with browser(require("chromium")) as running:
        yield Page(running)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Path]:
    directory = tmp_path_factory.mktemp("pages")
    found = {}
    for name, content in pages().items():
        found[name] = directory / f"{name}.{'svg' if name == 'picture' else 'html'}"
        found[name].write_text(content, encoding="utf-8")
    return found


@pytest.mark.parametrize("name", ["many", "one", "hostile", "hostile-many", "pair", "hostile-pair"])
@pytest.mark.parametrize("width, scheme", [(1440, "light"), (1440, "dark"), (360, "light"), (360, "dark")])
def test_a_page(name: str, width: int, scheme: str, tab: Page, files: Dict[str, Path]) -> None:
    tab.open(files[name], width, scheme)
    assert tab.run("document.documentElement.scrollWidth") == width
    assert tab.run(TOO_WIDE) == [] and tab.run(UNREADABLE) == []
    assert tab.requests == [files[name].as_uri()] and tab.errors == []
    assert tab.run("document.scripts.length + document.images.length + document.links.length") == len(
        tab.run("[...document.links].map(each => each.getAttribute('href')).filter(each => each[0] === '#')")
    )


def test_the_checks_see(tab: Page, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    box = "<svg class='map' width='50'><svg width='9' height='9'><rect/><text y='9'>long</text></svg></svg>"
    path.write_text(f"<p style='width:2000px;color:#999'>text</p>{box}")
    tab.open(path, 360)
    assert tab.run(TOO_WIDE) == [["P", "text"]] and tab.run(CUT_OFF) == ["long"]
    assert ["P", "text"] in tab.run(UNREADABLE)
    path.write_text(
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\"><img src='http://127.0.0.1:9/x'>"
    )
    tab.open(path, 360)
    assert tab.errors


@pytest.mark.parametrize("name", ["one", "many", "pair"])
def test_names_fit_their_boxes(name: str, tab: Page, files: Dict[str, Path]) -> None:
    tab.open(files[name], 1440)
    assert tab.run("document.querySelectorAll('.map svg text').length") > 50
    assert tab.run(CUT_OFF) == []


@pytest.mark.parametrize("scheme, ground", [("light", "rgb(255, 255, 255)"), ("dark", "rgb(16, 20, 26)")])
def test_a_picture_of_its_own(scheme: str, ground: str, tab: Page, files: Dict[str, Path]) -> None:
    """As a README has it: in an <img>."""
    tab.open(files["picture"], 1200, scheme)
    assert tab.errors == [] and tab.run("document.documentElement.tagName") == "svg"
    assert tab.run("getComputedStyle(document.querySelector('rect')).fill") == ground
    assert tab.run("document.querySelectorAll('g[role=listitem]').length") > 500


def test_a_keyboard_reaches_everything(tab: Page, files: Dict[str, Path]) -> None:
    tab.open(files["many"], 1440)
    links = [
        tab.press("Tab") or tab.run("document.activeElement.getAttribute('href')")  # type: ignore[func-returns-value]
        for _ in range(5)
    ]
    assert links == ["#i1", "#i2", "#i3", "#i4", "#i1p1"]
    # The last one is seen once it has the focus, and leads past all boxes of the picture.
    assert tab.run("document.activeElement.getBoundingClientRect().width") > 50
    tab.press("Tab")
    assert tab.run("document.activeElement.getAttribute('role')") == "region"
    tab.press("Tab")
    assert tab.run("document.activeElement.querySelector('title').textContent").startswith("linux/amd64, ")
    assert tab.run("getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth") == "5px"
    tab.run("document.querySelector('.skip').focus()")
    tab.press("Enter")
    assert tab.run("location.hash") == "#i1p1"


def test_the_whole_name_of_a_small_box_is_seen(tab: Page, files: Dict[str, Path]) -> None:
    tab.open(files["one"], 1440)
    tab.run("[...document.querySelectorAll('.map g[tabindex]')].pop().focus()")
    shown_there = "[...document.querySelectorAll('.map .s')].filter(each => getComputedStyle(each).display !== 'none')"
    assert len(tab.run(f"{shown_there}.map(each => each.textContent)")) == 1


def test_a_screen_reader_is_told(tab: Page, files: Dict[str, Path]) -> None:
    tab.open(files["pair"], 1440)
    names = tab.names()
    boxes = [node["name"] for node in names if node["role"] == "listitem" and "," in node["name"]]
    assert len(boxes) > 300 and any("▲ +" in name for name in boxes) and any(", gone" in name for name in boxes)
    assert [node["name"] for node in names if node["role"] == "region"][-2:] == [
        "Picture before, linux/amd64",
        "Picture after, linux/amd64",
    ]
    assert all(node["name"] for node in names if node["role"] in ("table", "link", "region", "heading"))


def test_a_page_is_printed(tab: Page, files: Dict[str, Path]) -> None:
    """On white, whatever the screen is, and with nothing that only a screen can scroll."""
    tab.open(files["many"], 794, "dark", media="print")
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.run(UNREADABLE) == []
    wide = "[...document.querySelectorAll('.map')].filter(each => each.getBoundingClientRect().right > innerWidth).length"
    assert tab.run(wide) == 0
    content = tab.pdf()
    # An overview, and each image on a page of its own at least.
    assert content.startswith(b"%PDF-") and len(re.findall(rb"/Type\s*/Page\b(?!s)", content)) >= 5
