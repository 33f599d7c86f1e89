"""Pins down the file of recorded sizes, and how much an image may grow against it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scratch_image.binary.blame import Part
from scratch_image.compare.budget import broken, grown, merged, parse, parts_of, render
from scratch_image.structure.growth import growth, read_growth
from tests.support.measured import SIZES

NAME = "image-sizes.txt"
FIRST = "# Sizes of images, by `measure-images --write`, version 1\n"
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
    (f"{FIRST.strip()}\r\na\tb\tc\t1\r\n", "its lines end in CR LF; let git keep LF, and renew"),
]


@pytest.mark.parametrize("text, sentence", BAD)
def test_a_file_that_cannot_be_read(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        parse(text, NAME)
    assert sentence in str(error.value) and str(error.value).startswith(NAME)
    assert str(error.value).endswith("renew it with the goal `measure-images --write ::`") and str(error.value).isprintable()


def test_parts() -> None:
    """The program's file is its parts; what is small is together; versions of modules are not recorded."""
    sizes = replace(SIZES, files=(("/app", 20000), ("/big", 5000), ("/small", 10)))
    parts = [
        (
            Part("package", "net/http", "std go1.24.1", 9000),
            Part("package", "runtime", "std go1.24.1", 8000),
            Part("section", ".rodata", "", 2990),
            Part("package", "a\tb\n", "a\tb\n v1", 5000),
        )
    ]
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
    "value, stored, text",
    [
        ("2%", 1020, ""),
        ("2%", 1021, "expected at most 1 020 bytes of layers as they are stored, found 1 021"),
        ("0.55 %", 1005, ""),
        (5, 1005, ""),
        ("5B", 1006, "found 1 006 (recorded 1 000, +6)"),
        ("1kB", 2000, ""),
        (0, 1001, "expected at most 1 000 bytes"),
        ("0%", 900, ""),
    ],
)
def test_a_bound(value: object, stored: int, text: str) -> None:
    found = broken(1000, stored, growth(value).allowed(1000))
    assert text in found and bool(text) == bool(found)


def test_what_grew_is_shown_largest_first() -> None:
    measured = {("src:a", "linux/amd64", f"/f{number}"): number for number in range(1, 13)}
    measured.update({("src:a", "linux/amd64", "/app: main"): 5100, ("src:a", "linux/arm64", "/app: main"): 9999})
    shown = grown("src:a", "linux/amd64", {**SMALL, ("src:a", "linux/amd64", "/gone"): 9}, measured)
    assert shown[:2] == ["/app: main: 5 000 → 5 100 (+100)", "/f12: 0 → 12 (+12)"]
    assert len(shown) == 11 and shown[-1] == "… and 3 parts more"


@pytest.mark.parametrize("value", ["2", "-1%", "%", "1e3%", True, None, [], "2 percent", "9" * 20 + "%", -1, "١%"])
def test_a_growth_that_is_none(value: object) -> None:
    found, mistakes = read_growth({"max_growth": value})
    if value is None:
        assert (found, mistakes) == (None, ())
    else:
        assert found is None and "max_growth" in mistakes[0].where
    if value == "2":
        # A share was meant more often than two bytes.
        assert "'2' has no unit; write '2%' for a share, or 2 for bytes" in str(mistakes[0])
