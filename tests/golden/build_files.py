"""The golden matrix as targets of a BUILD file: what Pants makes of it must have the digests of `matrix.txt`."""

from __future__ import annotations

from typing import Dict

from tests.golden.images import pinned_root
from tests.golden.table import PLATFORMS, ROWS, Row, program, tree
from tests.support.repository import Repository

PLACE = "src/matrix"


def write_matrix(repository: Repository) -> None:
    """Writes a BUILD file with an image for each row, and the files that they name, below `PLACE`."""
    build = ""
    for platform in PLATFORMS["index"]:
        repository.write(f"{PLACE}/{_name(platform)[1:]}", program(platform))
        build += f"file(name={_name(platform)[1:]!r}, source={_name(platform)[1:]!r})\n"
    for path, content in tree().items():
        repository.write(f"{PLACE}/tree/{path}", content)
    repository.write(f"{PLACE}/tree/BUILD", 'files(sources=["**/*", "!BUILD"])\n')
    repository.write(f"{PLACE}/BUILD", build + "".join(_target(number, row) for number, row in enumerate(ROWS)))


def made_digests(repository: Repository) -> Dict[str, str]:
    """Name of a row → digest of its image in dist/."""
    place = PLACE.replace("/", ".")
    return {row.name: repository.report(f"{place}/image{number}")["root"]["digest"] for number, row in enumerate(ROWS)}


def pinned_digests() -> Dict[str, str]:
    """Name of a row → digest of its image as pinned."""
    return {row.name: pinned_root(row) for row in ROWS}


def _target(number: int, row: Row) -> str:
    """The BUILD target of a row; its addresses are where `write_matrix` puts what they name."""
    fields = {**row.fields, "name": f"image{number}"}
    binary = fields["binary"]
    fields["binary"] = {key: _name(key) for key in binary} if isinstance(binary, dict) else _name(str(binary))
    files = fields.get("files", {})
    assert isinstance(files, dict)
    if files:
        fields["files"] = {
            path: {**value, "from": f"{PLACE}/tree"} if "from" in value else value for path, value in files.items()
        }
    return f"scratch_image(**{fields!r})\n"


def _name(platform: str) -> str:
    return f":{platform.replace('/', '-')}"
