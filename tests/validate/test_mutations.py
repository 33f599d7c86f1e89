"""Pins down that nothing of what `package` writes can be changed unseen: each row is one change of a whole package, the
parts in which it has to be found, and what has to be said of it. Where a change goes deeper than the report, every digest
above it is right again, as an attacker would make it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from scratch_image.assembler.compressors import gzip_member
from scratch_image.layout.unpack import unpack
from scratch_image.validate.depth import FULL, Depth
from scratch_image.validate.package import check_path
from scratch_image.validate.result import ValidationResult
from tests.support.dist import Dist
from tests.support.mutated import BOTH, GOOD, ROOTS, whole
from tests.support.mutations_of_contents import CONTENT_ROWS
from tests.support.mutations_of_layers import LAYER_ROWS, LAYERS, config_is
from tests.support.mutations_of_names import FILE_ROWS, NAME_ROWS
from tests.support.mutations_of_programs import PROGRAMS, STARTS
from tests.support.mutations_of_reports import REPORTS, SCHEMA_ROWS

MUTATIONS = {**REPORTS, **SCHEMA_ROWS, **CONTENT_ROWS, **LAYER_ROWS, **PROGRAMS, **NAME_ROWS, **FILE_ROWS}


def results(path: str, depth: Depth = FULL) -> Dict[str, ValidationResult]:
    found: Dict[str, ValidationResult] = {}
    for where, outcome in check_path(path, depth=depth):
        assert isinstance(outcome, ValidationResult), outcome
        found[Path(where).name] = outcome
    return found


@pytest.mark.parametrize(
    "made", [GOOD, whole(report=ROOTS), *STARTS.values(), *LAYERS.values()], ids=["good", "with certifi", *STARTS, *LAYERS]
)
def test_without_a_change_all_is_right(tmp_path: Path, made: Dist) -> None:
    for depth in (FULL, Depth(recompress=True), Depth(quick=True)):
        found = results(made.write(tmp_path / str(depth.quick) / str(depth.recompress)), depth)
        assert {name: (result.problems, result.not_checked) for name, result in found.items()} == dict.fromkeys(
            BOTH, ((), ())
        )


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_mutation_is_found_and_named(tmp_path: Path, name: str) -> None:
    made, parts, want = MUTATIONS[name]
    found = results(made.write(tmp_path))
    assert tuple(part for part, result in found.items() if not result.ok) == parts
    for part in parts:
        said = "\n".join(map(str, found[part].problems))
        assert want in said, said


def test_a_configuration_that_is_not_changed_is_right(tmp_path: Path) -> None:
    """Or the rows above would show nothing."""
    found = results(config_is(lambda config: None).write(tmp_path))
    assert [(result.problems, result.not_checked) for result in found.values()] == [((), ())]


def test_there_are_as_many_as_are_promised() -> None:
    assert len(MUTATIONS) >= 100


def other_members(blob: bytes) -> bytes:
    """The same content, in members of another size, and so other bytes."""
    content = b"".join(unpack(iter([blob]), "gzip", 1 << 27))
    return b"".join(gzip_member(memoryview(content[at : at + 4096]), 3) for at in range(0, len(content), 4096))


RECOMPRESSED = [
    # the change of each layer, whether it shows without --recompress
    (lambda blob: blob, None),
    (other_members, False),
    (lambda blob: blob[:9] + b"\x03" + blob[10:], True),
]


@pytest.mark.parametrize(("change", "shows"), RECOMPRESSED)
def test_other_bytes_than_those_of_the_recipe(tmp_path: Path, change: Callable[[bytes], bytes], shows: Any) -> None:
    path = whole(blob=change).write(tmp_path)
    assert all(result.ok is not bool(shows) for result in results(path).values())
    for result in results(path, Depth(recompress=True)).values():
        said = "\n".join(map(str, result.problems))
        assert ("recipe: claimed tar.1+gzip.1 of sha256:" in said) is (shows is not None)


@pytest.mark.parametrize(
    "change", [lambda text: text + "\n", lambda text: text.replace(",", ", ", 1), lambda text: " " + text]
)
def test_white_space_in_the_report(tmp_path: Path, change: Callable[[str], str]) -> None:
    path = GOOD.write(tmp_path)
    (tmp_path / "image.json").write_text(change((tmp_path / "image.json").read_text()))
    for result in results(path).values():
        assert [problem.what for problem in result.problems] == ["bytes"]


def test_an_archive_of_package_has_manifest_json(tmp_path: Path) -> None:
    """Also where no report says so; an archive of another tool need not."""
    files = {path: content for path, content in GOOD.archived.items() if path != "manifest.json"}
    (tmp_path / "image.tar").write_bytes(dataclasses.replace(GOOD, archived=files).image_tar())
    ((_, result),) = check_path(str(tmp_path / "image.tar"))
    assert isinstance(result, ValidationResult)
    assert [str(problem) for problem in result.problems] == [
        "manifest.json: file: there is no such file; `docker load` reads it"
    ]


def raw_archives() -> Dict[str, bytes]:
    """The archive in other bytes, which hold the same files."""
    good = GOOD.image_tar()
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as opened:
        for path, content in GOOD.archived.items():
            info = tarfile.TarInfo(path)
            info.size, info.mtime = len(content), 1_700_000_000
            opened.addfile(info, BytesIO(content))
    return {"of another writer": buffer.getvalue(), "longer": good + bytes(512)}


@pytest.mark.parametrize("name", ["of another writer", "longer"])
def test_an_archive_in_other_bytes(tmp_path: Path, name: str) -> None:
    """The same files, and the report fits: only the recipe tells."""
    content = raw_archives()[name]
    made = GOOD.with_report(
        lambda report: report["archive"].update(digest=f"sha256:{hashlib.sha256(content).hexdigest()}", size=len(content))
    )
    path = made.write(tmp_path)
    (tmp_path / "image.tar").write_bytes(content)
    found = results(path)
    assert found["oci"].ok
    assert "image.tar: bytes: the bytes are not those of recipe tar.1 for its files" in map(str, found["image.tar"].problems)
