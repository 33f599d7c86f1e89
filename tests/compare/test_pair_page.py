"""Pins down the page about two images: reasons, pictures side by side, and the same in words."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Tuple

import pytest

from scratch_image.compare.__main__ import main
from scratch_image.compare.compare import Comparison
from scratch_image.compare.pair_page import pair_page
from scratch_image.compare.shown import Shown
from tests.support.compared import GoProgram, Made
from tests.support.pages import HOSTILE, comparison, large, shown, wrong

BEFORE = Made()
AFTER = replace(Made(), program=GoProgram(data=b"y" * 9000).content()).file("etc/new", b"x" * 700)


def pair(one: Shown, other: Shown) -> Tuple[Comparison, Shown, Shown]:
    return comparison(one.name, other.name), one, other


def test_the_command(tmp_path: Path, capsys) -> None:
    one, other = BEFORE.write(tmp_path / "a"), AFTER.write(tmp_path / "b")
    path = tmp_path / "page.html"
    assert main([one, other]) == 1
    words = capsys.readouterr().out
    assert main([one, other, "--html", str(path)]) == 1
    assert capsys.readouterr().out == words
    content = path.read_text()
    assert wrong(content) == []
    for line in words.splitlines()[2:-1]:
        assert escape(line.strip()) in content
    assert content.count('<svg class="map"') == 2 and content.count('class="gone"') == 0
    for text in ("/app › .rodata", "+9.0 kB", "/etc/new", ">new</span>"):
        assert text in content


def test_equal_images(tmp_path: Path) -> None:
    one = BEFORE.write(tmp_path / "a")
    path = tmp_path / "page.html"
    assert main([one, one, "--html", str(path)]) == 0
    content = path.read_text()
    assert wrong(content) == [] and "The images are equal" in content and "<svg" not in content


def test_a_side_without_layers(tmp_path: Path) -> None:
    """There is nothing to draw, and the reasons are those of the comparison."""
    one = replace(BEFORE, recipe="tar.1+gzip.1").write(tmp_path / "a")
    path = tmp_path / "page.html"
    assert main([f"{one}/image.json", AFTER.write(tmp_path / "b"), "--html", str(path)]) == 1
    content = path.read_text()
    assert wrong(content) == [] and "There are no pictures" in content


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_do_nothing(name: str) -> None:
    other = replace(shown("b", 1), name=name or "a")
    content = pair_page(*pair(shown(name or "a"), other))
    assert wrong(content) == []
    assert all(line.isprintable() for line in content.split("\n"))


def test_platforms_belong_together() -> None:
    """Two of three are the same; the one that changed is drawn, and the one that is gone is among the reasons."""
    one, other = shown("a"), large(1)
    amd, arm = (replace(other.images[0], platform=f"linux/{name}", digest=name) for name in ("amd64", "arm64"))
    before = replace(other, images=(amd, arm, one.images[0]), parts=(*other.parts, *other.parts, *one.parts[:1]))
    after = replace(other, images=(replace(arm, digest="new"), amd), parts=(*other.parts, *other.parts))
    content = pair_page(comparison("a", "b"), before, after)
    assert wrong(content) == [] and content.count('<svg class="map"') == 2
    assert '<h2 id="p1">linux/arm64</h2>' in content and "All parts have the same size" in content


@pytest.mark.parametrize(
    "arguments, text", [(["/nonexistent/x"], "/nonexistent/x: No such file"), (["A"], "would write into the image")]
)
def test_a_file_that_cannot_be_written(arguments, text: str, tmp_path: Path, capsys) -> None:
    one, other = BEFORE.write(tmp_path / "a"), AFTER.write(tmp_path / "b")
    assert main([one, other, "--html", *({"A": f"{one}/index.json"}.get(each, each) for each in arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and text in err and err.count("\n") == 1


def test_a_layer_that_is_broken(tmp_path: Path, capsys) -> None:
    """Both have it, so the comparison does not read it; the page does."""
    one, other = BEFORE.write(tmp_path / "a"), replace(BEFORE, created="1980-01-01T00:00:00Z").write(tmp_path / "b")
    largest = max((tmp_path / "b/blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-1] + b"x")
    assert main([one, other]) == 1
    capsys.readouterr()
    assert main([one, other, "--html", str(tmp_path / "p.html")]) == 2
    out, err = capsys.readouterr()
    assert out == "" and f"{other} cannot be shown: " in err and not (tmp_path / "p.html").exists()
