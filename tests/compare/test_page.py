"""Pins down the page: valid HTML whatever the names are, that asks for nothing, and is small."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import List

import html5lib.html5parser
import pytest

from scratch_image.compare.fitting import fitting
from scratch_image.compare.markup import document, table, text
from scratch_image.compare.page import page
from scratch_image.compare.shown import Shown
from tests.support.measured import SIZES
from tests.support.pages import HOSTILE, contrast, large, parsed, shown, wrong


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("count", [1, 3])
def test_names_do_nothing_on_a_page(name: str, count: int) -> None:
    content = page([shown(name or "a", number) for number in range(count)])
    assert wrong(content) == []
    # What cannot be seen is written out, but for the lines of the page itself.
    assert all(line.isprintable() for line in content.split("\n"))
    assert not set(content) & set("\u3164\u2800\u115f\ufe0f\u00ad")
    content.encode("utf-8")


@pytest.mark.parametrize(
    "content, why",
    [
        ("<p>a</b></p>", "html5lib: a tag that ends what it did not begin"),
        ('<p id="a"></p><p id="a"></p>', "an id twice"),
        ('<a href="#nowhere">a</a>', "a reference to nothing"),
        ('<a href="https://example.com/">a</a>', "a link to elsewhere"),
        ('<p onclick="x()">a</p>', "a script"),
        ("<img>", "a tag that a page does not have"),
        ("<table><tr><td>a</td></tr></table>", "no caption"),
        ("<h3>a</h3>", "a heading is left out"),
        ('<div role="region">a</div>', "no name"),
    ],
)
def test_the_check_sees(content: str, why: str) -> None:
    body = ["<h1>a</h1>", content]
    try:
        assert wrong(document("a", "", body)), why
    except html5lib.html5parser.ParseError:
        assert why.startswith("html5lib")


def test_a_page_asks_for_nothing() -> None:
    content = page([shown("a"), shown("b", 1)])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', content)
    assert policy and policy[1].startswith("default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;")
    assert content.index("Content-Security-Policy") < content.index("<style>")
    for word in ("<script", "http://", "https://", "url(", "@import", "<img", "<link"):
        assert word not in content


def test_a_page_of_many_images_is_small() -> None:
    """25 kB per image, whatever is in them; on a page of one, more is drawn."""
    images = [large(number) for number in range(200)]
    content = page(images)
    assert len(content.encode()) <= 200 * 25_000
    one = page(images[:1])
    assert wrong(page(images[:2])) == [] and 500 < one.count('role="listitem"') <= 1001


def test_platforms_share_the_room_of_an_image() -> None:
    images = [replace(image, images=image.images * 3, parts=image.parts * 3) for image in map(large, range(50))]
    assert len(page(images).encode()) <= 50 * 25_000 and wrong(page(images[:2])) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_have_contrast(scheme: str) -> None:
    """WCAG 2.2, 1.4.3, for what is beside the pictures."""
    rules = page([shown("a")]).partition("@media print")[0].partition("@media screen")[::2][scheme == "dark"]
    full = dict(re.findall(r"--([a-z]+):(#[0-9a-f]{6})", rules))
    for letters in ("ink", "dim", "link"):
        for ground in ("card", "page") + (("bar",) if letters == "ink" else ()):
            assert contrast((full[letters], full[ground])) >= 4.5, (letters, ground)


def test_layers_that_images_share() -> None:
    content = page([shown("a"), shown("b", 1)])
    assert "Layers that several images have" in content and "4 images: a linux/a (1 of 2)" in content
    assert "with 3 other images" in content
    assert "several images have" not in page([large()])


def test_two_images_of_one_platform() -> None:
    """An index may have them, such as two variants that an annotation tells apart."""
    content = page([shown("a")])
    assert "linux/a (1 of 2)" in content and "linux/a (2 of 2)" in content


@pytest.mark.parametrize("image", [Shown("a", "", (replace(SIZES, files=(), layers=(), more=0, more_bytes=0),), ((),))])
def test_an_image_without_files(image: Shown) -> None:
    assert wrong(page([image])) == [] and wrong(page([image, image])) == []


@pytest.mark.parametrize(
    "label, width, want",
    [
        ("runtime", 9, "runtime"),
        ("crypto/internal/nistec", 6, "…/nistec"),
        ("crypto/internal/nistec", 2, ""),
        ("encoding", 4, "encod…"),
        ("\u4e16\u754c\u4e16\u754c\u4e16\u754c", 5, "\u4e16\u754c\u4e16…"),
        ("a\u202eb", 6, "a\\u202eb"),
        ("", 5, ""),
    ],
)
def test_names_that_fit(label: str, width: float, want: str) -> None:
    assert fitting(label, width) == want


@pytest.mark.parametrize(
    "name, want",
    [("a<b", "a&lt;b"), ('"', "&quot;"), ("\u202e", "\\u202e"), ("a" * 400, "a" * 150 + "…" + "a" * 150)],
)
def test_text(name: str, want: str) -> None:
    assert text(name) == want


def test_rows_that_are_left_out_are_counted() -> None:
    rows: List[List[str]] = [["<td>1</td>"], ["<td>2</td>"], ["<td>3</td>"]]
    content = document("a", "", ["<h1>a</h1>", table("b", ("c",), rows, 1, 1, 3)])
    assert wrong(content) == [] and "2 more" in "".join(parsed(content).itertext())
