"""The file that says what a run has published: reference → digest, as JSON."""

from __future__ import annotations

import json
from typing import Dict, Mapping, Optional

from scratch_image.oci import canonical_json
from scratch_image.registry import known


def write(path: str, published: Mapping[str, str], state: Optional[str] = None, run: str = "") -> None:
    """Adds to what the file says; writes it anew where the file `state` does not say that it is from this run. Raises
    OSError."""
    before: Dict[str, str] = {}
    if not state or _read(state).get("run") == run:
        before = {key: value for key, value in _read(path).items() if isinstance(value, str)}
    known.replace(path, canonical_json.encode({**before, **published}) + b"\n")
    if state:
        known.replace(state, canonical_json.encode({"run": run}))


def _read(path: str) -> Mapping[str, object]:
    """The object in a file; nothing where there is none that can be read."""
    try:
        with open(path, "rb") as file:
            data = json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
