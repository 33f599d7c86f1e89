"""Pants makes the images of the golden matrix to the byte as the pure core does, from a BUILD file with the same fields."""

from __future__ import annotations

from typing import Dict

import pytest

from tests.golden.images import pinned_root
from tests.golden.table import PLATFORMS, ROWS, program, tree
from tests.support.repository import Repository

PLACE = "src/matrix"


def target(number: int) -> str:
    """The BUILD target of a row; its addresses are where `packaged` puts what they name."""
    fields = {**ROWS[number].fields, "name": f"image{number}"}
    binary = fields["binary"]
    fields["binary"] = {key: name(key) for key in binary} if isinstance(binary, dict) else name(str(binary))
    files = fields.get("files", {})
    assert isinstance(files, dict)
    if files:
        fields["files"] = {
            path: {**value, "from": f"{PLACE}/tree"} if "from" in value else value for path, value in files.items()
        }
    return f"scratch_image(**{fields!r})\n"


def name(platform: str) -> str:
    return f":{platform.replace('/', '-')}"


@pytest.fixture(scope="module")
def packaged(repository: Repository) -> Repository:
    build = ""
    for platform in PLATFORMS["index"]:
        repository.write(f"{PLACE}/{name(platform)[1:]}", program(platform))
        build += f"file(name={name(platform)[1:]!r}, source={name(platform)[1:]!r})\n"
    for path, content in tree().items():
        repository.write(f"{PLACE}/tree/{path}", content)
    repository.write(f"{PLACE}/tree/BUILD", 'files(sources=["**/*", "!BUILD"])\n')
    repository.write(f"{PLACE}/BUILD", build + "".join(map(target, range(len(ROWS)))))
    repository.ok("package", f"{PLACE}:")
    return repository


def test_every_image_has_the_digest_that_is_pinned(packaged: Repository) -> None:
    made: Dict[str, str] = {}
    for number, row in enumerate(ROWS):
        made[row.name] = packaged.report(f"{PLACE.replace('/', '.')}/image{number}")["root"]["digest"]
    assert made == {row.name: pinned_root(row) for row in ROWS}
