"""The images of the golden matrix have the digests of matrix.txt: here, on CPython 3.9 to 3.13, on an x86-64 without any
vector extension beyond SSE3, and on arm64. The latter two are emulated by qemu."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import List

import pytest

from scratch_image.oci import compression
from scratch_image.oci.compression import Compression
from tests.golden import images
from tests.golden.images import Pins, pinned, pins, unpacked_data, written
from tests.golden.table import COMPRESSIONS, CONTENTS, PLATFORMS, ROWS
from tests.support.interpreters import arm64_root, interpreter, run_module, set_up
from tests.support.tools import require


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked_data(tmp_path_factory.mktemp("wheels") / "data")


def changed(found: Pins) -> List[str]:
    """What is not as the table has it, as lines of the table."""
    table = pinned()
    missing = [f"not made: {what}" for what in table if what not in found]
    return missing + written({what: pin for what, pin in found.items() if table.get(what) != pin}).splitlines()


def test_here(tmp_path: Path, data: Path) -> None:
    assert changed(pins(tmp_path, data, workers=2)) == [], "matrix.txt says what a change means"


def test_the_table_is_written_as_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that renewing it shows what has changed and nothing else."""
    lines = images.TABLE.read_text(encoding="utf-8").splitlines(True)
    assert "".join(line for line in lines if not line.startswith("#")) == written(pinned())
    copy = tmp_path / "matrix.txt"
    copy.write_text("# header\nold 0 0\n", encoding="utf-8")
    monkeypatch.setattr(images, "TABLE", copy)
    assert images.main([]) == 0
    assert copy.read_text(encoding="utf-8") == "# header\n" + written(pinned())


def test_every_image_is_there() -> None:
    """Each contents with each compression, at its default level and at another, for one platform and for many."""
    names = {Compression.parse(text).name for text in COMPRESSIONS}
    assert names == set(compression.NAMES)
    assert {row.name for row in ROWS} == set(map("/".join, itertools.product(CONTENTS, COMPRESSIONS, PLATFORMS)))
    indexes = {what.split()[1] for what in pinned() if what.startswith("index ")}
    assert indexes == {f"{contents}/{text}" for contents in CONTENTS for text in COMPRESSIONS}
    recipes = {what.split()[0] for what in pinned() if what.startswith("tar.")}
    assert recipes == {Compression.parse(text).recipe for text in COMPRESSIONS}


def check(directory: Path, command: List[str], data: Path) -> None:
    made = run_module(directory, command, "tests.golden.images", str(data), "3").decode()
    assert [line for line in made.splitlines() if line not in written(pinned()).splitlines()] == []
    assert made == written(pinned())


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
def test_every_python(version: str, tmp_path: Path, data: Path) -> None:
    python = interpreter(version)
    set_up(tmp_path, python)
    check(tmp_path, [python], data)


def test_an_old_x86_64(tmp_path: Path, data: Path) -> None:
    python = interpreter("3.11")
    set_up(tmp_path, python)
    check(tmp_path, [require("qemu-x86_64-static"), "-cpu", "qemu64", python], data)


def test_arm64(tmp_path: Path, data: Path) -> None:
    root = arm64_root()
    set_up(tmp_path, interpreter("3.11"), "manylinux2014_aarch64")
    check(tmp_path, [require("qemu-aarch64-static"), "-L", str(root), str(root / "usr/bin/python3.11")], data)
