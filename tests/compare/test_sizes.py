"""Pins down how images are measured, and how that is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from scratch_image.binary.blame import Part
from scratch_image.compare.measure import main, measure
from scratch_image.compare.show_sizes import lines, to_dict
from scratch_image.compare.sizes import from_json, to_json
from tests.support.compared import Made
from tests.support.layouts import write
from tests.support.measured import SIZES

PARTS = (
    (
        Part("package", "net/http", "std go1.24.1", 500),
        Part("section", ".rodata", "", 300),
        Part("package", "runtime", "std go1.24.1", 100),
        Part("package", "main", "example.com/app v1.0.0", 100),
    ),
)


def test_an_image_is_measured(tmp_path: Path) -> None:
    made = Made()
    (image,) = measure(made.write(tmp_path / "a"))
    assert (image.platform, image.program) == ("linux/amd64", "/app")
    assert image.files[0] == ("/app", len(made.program)) and image.more == 0
    assert [image.layers[number].digest for number in image.layer_of] == [
        image.layers[path == "/app"].digest for path, _ in image.files
    ]
    assert dict(image.files)["/etc/motd"] == 6 and "/srv/current" not in dict(image.files)
    blobs = [path for path in (tmp_path / "a/blobs/sha256").iterdir() if path.read_bytes()[:2] == b"\x1f\x8b"]
    assert image.stored == sum(path.stat().st_size for path in blobs) and image.unpacked % 10240 == 0
    assert from_json(to_json((image,))) == (image,)


def test_the_process(tmp_path: Path, capsysbinary) -> None:
    path = Made().write(tmp_path / "a")
    assert main([path]) == 0
    assert from_json(capsysbinary.readouterr().out) == measure(path)


def damaged(files) -> None:
    path = max(files, key=lambda name: len(files[name]))
    files[path] = files[path][:-1] + b"x"


@pytest.mark.parametrize(
    "change, text",
    [
        (damaged, "claimed sha256:"),
        (lambda files: files.pop("index.json"), "it is not an OCI image layout"),
        (lambda files: files.pop(max(files, key=lambda name: len(files[name]))), "is not there"),
    ],
)
def test_an_image_that_cannot_be_measured(change, text: str, tmp_path: Path, capsys) -> None:
    files = Made().layout()
    change(files)
    assert main([write(files, tmp_path / "a")]) == 1
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1) and text in err


def test_a_report_has_no_layers(tmp_path: Path, capsys) -> None:
    replace(Made(), recipe="tar.1+gzip.1").write(tmp_path / "a")
    assert main([str(tmp_path / "a/image.json")]) == 1
    assert "there is only a report" in capsys.readouterr().err


def test_what_is_shown() -> None:
    assert lines("src:image", [SIZES], PARTS, 1) == [
        "src:image linux/amd64",
        "  1 000 bytes stored, 12 288 unpacked, in 2 layers",
        "            100   10.0 %  layer scratch_image files",
        "            900   90.0 %  layer scratch_image binary",
        "          1 000   14.3 %  /file0",
        "            999   14.3 %  /file1",
        "            998   14.2 %  /file2",
        "            997   14.2 %  /file3",
        "            996   14.2 %  /file4",
        "          2 019   28.8 %  5 files more",
        "  in /app",
        "              600   60.0 %  std go1.24.1",
        "              300   30.0 %  .rodata",
        "              100   10.0 %  example.com/app v1.0.0",
    ]


@pytest.mark.parametrize("depth, rows", [(0, 0), (1, 4), (2, 7)])
def test_the_depth(depth: int, rows: int) -> None:
    """Packages are below their module; a section is not below itself."""
    assert len(lines("a", [SIZES], PARTS, depth)) == 10 + rows


def test_many_parts_are_counted() -> None:
    parts = tuple(Part("crate", f"crate{number}", "", 100 - number) for number in range(30))
    shown = lines("a", [SIZES], [parts], 1)
    assert len(shown) == 10 + 1 + 20 + 1 and shown[-1].endswith("10 parts more")


def test_names_cannot_move_the_cursor() -> None:
    hostile = "/a\x1b[2J\u202e\n\u3164"
    sizes = replace(SIZES, program=hostile, files=((hostile, 1),))
    parts = [[Part("package", hostile, hostile, 1)]]
    found = lines("a", [sizes], parts, 2)
    assert all(line.isprintable() for line in found) and "\u3164" not in "".join(found)


def test_two_images_of_one_platform() -> None:
    """Each has its own program."""
    other = replace(SIZES, program="/other")
    found = lines("a", [SIZES, other], [PARTS[0], (Part("crate", "serde", "", 7),)], 1)
    assert [line for line in found if line[0] != " "] == ["a linux/amd64 (1 of 2)", "a linux/amd64 (2 of 2)"]
    assert found[-2:] == ["  in /other", "                7  100.0 %  serde"]


def test_json() -> None:
    (entry,) = json.loads(json.dumps(to_dict([SIZES], PARTS)))
    assert (entry["stored"], entry["unpacked"], entry["moreFiles"]) == (1000, 12288, {"count": 3, "size": 30})
    assert entry["parts"][0] == {"kind": "package", "name": "net/http", "group": "std go1.24.1", "size": 500}
