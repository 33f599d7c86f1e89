"""The contract of the archive process: which files, with which sizes, are to be in one archive."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Tuple

from scratch_image.oci import canonical_json


@dataclass(frozen=True)
class ArchivePlan:
    """`files` are paths, below the working directory and in the archive alike, and sizes in bytes."""

    files: Tuple[Tuple[str, int], ...]

    def to_json(self) -> bytes:
        return canonical_json.encode({"files": [list(file) for file in self.files]})

    @classmethod
    def from_json(cls, content: bytes) -> ArchivePlan:
        return cls(tuple((path, size) for path, size in json.loads(content)["files"]))
