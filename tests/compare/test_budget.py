"""Pins down the file of recorded sizes, and how much an image may grow against it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from scratch_image.binary.blame import Part
from scratch_image.compare.budget import Growth, broken, grown, merged, parse, parts_of, percent, render
from tests.support.measured import SIZES

NAME = "image-sizes.txt"
FIRST = "# Sizes of images, by `./pants measure-images --write`, version 1\n"
SMALL = {("src:a", "linux/amd64", "stored"): 1000, ("src:a", "linux/amd64", "/app: main"): 5000}


def test_there_and_back() -> None:
    text = render(SMALL)
    assert text == f"{FIRST}src:a\tlinux/amd64\t/app: main\t5000\nsrc:a\tlinux/amd64\tstored\t1000\n"
    assert parse(text, NAME) == SMALL and parse(FIRST, NAME) == {}


BAD = [
    ("", "the first line is not that of a file of sizes"),
    ("a\tb\tc\t1\n", "the first line is not that of a file of sizes"),
    (FIRST.replace("version 1", "version 2"), "has the version 2; this version reads 1"),
    (f"{FIRST}a\tb\tc\n", "line 2: expected image, platform, part and bytes, separated by tabs"),
    (f"{FIRST}a\tb\tc\t-1\n", "line 2: expected image"),
    (f"{FIRST}a\tb\tc\t1\textra\n", "line 2: expected image"),
    (f"{FIRST}a\tb\tc\t1\na\tb\tc\t2\n", "line 3: a b c is there twice"),
    (f"{FIRST}<<<<<<< HEAD\na\tb\tc\t1\n=======\na\tb\tc\t2\n>>>>>>> other\n", "line 2: a conflict of a merge is left"),
    (f"<<<<<<< HEAD\n{FIRST}", "line 1: a conflict of a merge is left"),
    (f"{FIRST.strip()}\r\na\tb\tc\t1\r\n", "has the version 1\\r"),
]


@pytest.mark.parametrize("text, sentence", BAD)
def test_a_file_that_cannot_be_read(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        parse(text, NAME)
    assert sentence in str(error.value) and str(error.value).startswith(NAME)
    assert str(error.value).endswith("renew it: ./pants measure-images --write ::") and str(error.value).isprintable()


def test_parts() -> None:
    """The program's file is its parts; what is small is together; versions of modules are not recorded."""
    sizes = replace(SIZES, files=(("/app", 20000), ("/big", 5000), ("/small", 10)))
    parts = {
        "linux/amd64": (
            Part("package", "net/http", "std go1.24.1", 9000),
            Part("package", "runtime", "std go1.24.1", 8000),
            Part("section", ".rodata", "", 2990),
            Part("package", "a\tb\n", "a\tb\n v1", 5000),
        )
    }
    assert {key[2]: size for key, size in parts_of("src:a", [sizes], parts).items()} == {
        "stored": 1000,
        "layer scratch_image files": 100,
        "layer scratch_image binary": 900,
        "/big": 5000,
        "other files": 40,
        "/app: std": 17000,
        "/app: a b\\n": 5000,
        "/app: other": 2990,
    }
    text = render(parts_of("src:a", [sizes], parts))
    assert parse(text, NAME) == parts_of("src:a", [sizes], parts)


def test_lines_of_other_images_stay() -> None:
    recorded = {**SMALL, ("src:b", "linux/amd64", "stored"): 7}
    measured = {("src:a", "linux/amd64", "stored"): 2}
    assert merged(recorded, measured) == {("src:b", "linux/amd64", "stored"): 7, **measured}


@pytest.mark.parametrize(
    "growth, stored, text",
    [
        (Growth(Fraction(2, 100), None), 1020, ""),
        (Growth(Fraction(2, 100), None), 1021, "expected at most 1 020 bytes of layers as they are stored, found 1 021"),
        (Growth(None, 5), 1005, ""),
        (Growth(None, 5), 1006, "found 1 006 (recorded 1 000, +6)"),
        (Growth(Fraction(0), None), 1001, "expected at most 1 000 bytes"),
        (Growth(Fraction(0), None), 900, ""),
    ],
)
def test_a_bound(growth: Growth, stored: int, text: str) -> None:
    found = broken("src:a", "linux/amd64", stored, SMALL, growth)
    assert text in found and bool(text) == bool(found)


def test_what_grew_is_shown_largest_first() -> None:
    measured = {("src:a", "linux/amd64", f"/f{number}"): number for number in range(1, 13)}
    measured.update({("src:a", "linux/amd64", "/app: main"): 5100, ("src:a", "linux/arm64", "/app: main"): 9999})
    shown = grown("src:a", "linux/amd64", {**SMALL, ("src:a", "linux/amd64", "/gone"): 9}, measured)
    assert shown[:2] == ["/app: main: 5 000 → 5 100 (+100)", "/f12: 0 → 12 (+12)"]
    assert len(shown) == 11 and shown[-1] == "… and 3 parts more"


@pytest.mark.parametrize("text, share", [("2%", Fraction(1, 50)), ("0.5 %", Fraction(1, 200)), ("2", None), ("-1%", None)])
def test_percent(text: str, share) -> None:
    assert percent(text) == share
