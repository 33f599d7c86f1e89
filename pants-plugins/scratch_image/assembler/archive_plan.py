"""The contract of the archive process: the files of one archive, and their sizes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Tuple

from scratch_image.oci import canonical_json


@dataclass(frozen=True)
class ArchivePlan:
    """`files`: paths, on disk and in the archive, and sizes in bytes."""

    files: Tuple[Tuple[str, int], ...]

    def to_json(self) -> bytes:
        """What the process reads."""
        return canonical_json.encode({"files": [list(file) for file in self.files]})

    @classmethod
    def from_json(cls, content: bytes) -> ArchivePlan:
        """Reads what to_json() wrote."""
        return cls(tuple((path, size) for path, size in json.loads(content)["files"]))
