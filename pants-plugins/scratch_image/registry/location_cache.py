"""The file that remembers between runs which repository has which blob: guesses for mounts, and nothing secret.

It is only ever a hint, so one that can not be read is as good as none.
"""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Dict, Mapping, Tuple

from scratch_image.oci import canonical_json

Known = Mapping[str, Mapping[str, Tuple[str, ...]]]
_SCHEMA = 1
_MAX_SIZE = 8 << 20
# What is kept, of this run's first: repositories per blob (one is enough to mount from), and blobs per registry.
_REPOSITORIES = 3
_BLOBS = 10_000


def read(path: str) -> Dict[str, Dict[str, Tuple[str, ...]]]:
    """Registry → digest → repositories."""
    try:
        with open(path, "rb") as file:
            data = json.loads(file.read(_MAX_SIZE))
        if data["schema"] != _SCHEMA:
            return {}
        return {
            str(registry): {str(digest): tuple(map(_name, names)) for digest, names in blobs.items()}
            for registry, blobs in data["registries"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def write(path: str, seen: Known) -> None:
    """Adds what was seen to what is there. Raises OSError."""
    merged = read(path)
    for registry, blobs in seen.items():
        before = merged.pop(registry, {})
        for digest, names in blobs.items():
            known = tuple(dict.fromkeys((*names, *before.pop(digest, ()))))[:_REPOSITORIES]
            if known:
                before[digest] = known
        for digest in list(before)[: max(0, len(before) - _BLOBS)]:
            del before[digest]
        if before:
            merged[registry] = before
    registries = {registry: {digest: list(names) for digest, names in blobs.items()} for registry, blobs in merged.items()}
    replace(path, canonical_json.encode({"schema": _SCHEMA, "registries": registries}))


def replace(path: str, content: bytes) -> None:
    """Puts a whole file in the place of another; makes its directory. Raises OSError."""
    directory = os.path.dirname(path) or "."
    os.makedirs(directory, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=directory)
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _name(value: Any) -> str:
    # It goes into a URL.
    if not isinstance(value, str) or not value.isascii() or any(character in value for character in "&?#% \n\r"):
        raise ValueError
    return value
