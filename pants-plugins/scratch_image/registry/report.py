"""The file that says what was published: reference → digest, as JSON."""

from __future__ import annotations

import json
from typing import Dict, Mapping

from scratch_image.oci import canonical_json
from scratch_image.registry import known


def write(path: str, published: Mapping[str, str]) -> None:
    """Adds to what the file says already. Raises OSError; a file that is no report is replaced."""
    before: Dict[str, str] = {}
    try:
        with open(path, "rb") as file:
            data = json.loads(file.read())
        before = {key: value for key, value in data.items() if isinstance(value, str)}
    except (FileNotFoundError, ValueError, AttributeError, RecursionError):
        pass
    known.replace(path, canonical_json.encode({**before, **published}) + b"\n")
