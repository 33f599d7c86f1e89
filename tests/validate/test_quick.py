"""Pins down that `--quick` finds whatever a killed process left in part, and reads no layer."""

from __future__ import annotations

import itertools
import json
import os
import random
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

import pytest

from scratch_image.layout.store import DirectoryStore
from scratch_image.oci.platform import Platform
from scratch_image.validate.__main__ import main
from scratch_image.validate.depth import Depth
from scratch_image.validate.package import check_path
from scratch_image.validate.result import ValidationResult
from tests.support.dist import Dist, dist, program_layer
from tests.support.layouts import AMD64
from tests.support.programs import AARCH64, elf

TWO = dist((AMD64, [program_layer()]), (Platform("linux", "arm64"), [program_layer(elf(AARCH64))]))
MADE = {
    "whole": dist(),
    "two platforms": TWO,
    "layout": dist(written=("layout", "report")),
    "archive": dist(written=("archive", "report")),
    "report": dist(written=("report",)),
}


def files_of(made: Dist, directory: Path) -> Dict[str, bytes]:
    """What is in the directory of a package, by path."""
    made.write(directory)
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def put(files: Dict[str, bytes], directory: Path) -> str:
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    return str(directory)


def is_whole(path: str) -> bool:
    outcomes = [outcome for _, outcome in check_path(path, depth=Depth(quick=True))]
    return all(isinstance(outcome, ValidationResult) and outcome.ok for outcome in outcomes)


@pytest.mark.parametrize("name", MADE)
def test_what_is_whole(tmp_path: Path, name: str) -> None:
    assert is_whole(MADE[name].write(tmp_path))
    assert main(["--quick", str(tmp_path)]) == 0


def parts(files: Dict[str, bytes]) -> Iterator[Tuple[str, Dict[str, bytes]]]:
    """(what happened, what is left): each file alone is missing, or shorter."""
    for path, content in files.items():
        yield f"no {path}", {other: files[other] for other in files if other != path}
        for size in sorted({0, 1, len(content) // 2, len(content) - 1}):
            yield f"{size} bytes of {path}", {**files, path: content[:size]}


@pytest.mark.parametrize("name", MADE)
def test_any_file_that_is_missing_or_short(tmp_path: Path, name: str) -> None:
    files = files_of(MADE[name], tmp_path / "made")
    for number, (what, left) in enumerate(parts(files)):
        path = put(left, tmp_path / str(number))
        if not left:
            continue
        assert not is_whole(path), what
        assert main(["--quick", path]) in (1, 2), what


@pytest.mark.parametrize("name", MADE)
def test_any_subset_in_any_order(tmp_path: Path, name: str) -> None:
    """A process that writes in no order, and is killed: so many files are there, and the next one in part."""
    source = random.Random(name)
    files = files_of(MADE[name], tmp_path / "made")
    for number in range(60):
        order: List[str] = sorted(files)
        source.shuffle(order)
        count = source.randrange(len(order))
        left = {path: files[path] for path in order[:count]}
        if source.random() < 0.5:
            left[order[count]] = files[order[count]][: source.randrange(len(files[order[count]]))]
        if left:
            assert not is_whole(put(left, tmp_path / str(number))), (order, count)


def test_a_mixture_of_two_images(tmp_path: Path) -> None:
    """What an older run left: a package is replaced as a whole, but for a process that is killed."""
    old, new = files_of(dist(compression="none"), tmp_path / "old"), files_of(TWO, tmp_path / "new")
    names = ["image.json", "image.tar", "oci/index.json"]
    for number, taken in enumerate(itertools.product((old, new), repeat=len(names))):
        blobs = {path: content for path, content in {**old, **new}.items() if "/blobs/" in path}
        mixed = {**new, **blobs, **{name: files[name] for name, files in zip(names, taken)}}
        # All blobs of both are there: those of the other one are orphans.
        assert not is_whole(put(mixed, tmp_path / str(number))), number


def test_layers_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = dist()
    path = made.write(tmp_path)
    read: List[str] = []
    chunks = DirectoryStore.chunks

    def seen(store: DirectoryStore, path: str) -> Iterator[bytes]:
        read.append(path)
        return chunks(store, path)

    monkeypatch.setattr(DirectoryStore, "chunks", seen)
    assert is_whole(path)
    (layer,) = made.report["manifests"][0]["layers"]
    assert read and not any(layer["digest"].partition(":")[2] in each for each in read)


def test_what_it_does_not_find(tmp_path: Path) -> None:
    """Bytes of a layer that are others: that is what the whole check is for."""
    made = dist()
    path = made.write(tmp_path)
    (layer,) = made.report["manifests"][0]["layers"]
    blob = tmp_path / "oci" / "blobs" / "sha256" / layer["digest"].partition(":")[2]
    blob.write_bytes(bytes(blob.stat().st_size))
    assert is_whole(path)
    assert main([path]) == 1


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = dist(written=("layout", "report")).write(tmp_path)
    assert main(["--quick", path]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{path}/oci: ok: 1 manifest, 2 blobs, ") and out.endswith("; not derived: what is in layers\n")
    assert main(["--quick", "--json", path]) == 0
    assert json.loads(capsys.readouterr().out)[os.path.join(path, "oci")]["notDerived"] == ["what is in layers"]
    with pytest.raises(SystemExit):
        main(["--quick", "--recompress", path])
