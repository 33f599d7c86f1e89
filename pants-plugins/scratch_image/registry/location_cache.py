"""The file in which a run leaves, for later runs, which repository has which blob. It is a hint for mounts, without secrets:
one that cannot be read counts as empty."""

from __future__ import annotations

import re
from typing import Dict, Iterable, Mapping, Tuple

from scratch_image.oci import canonical_json
from scratch_image.registry import json_object

# Digest → repositories, the likeliest first.
Locations = Mapping[str, Tuple[str, ...]]
_SCHEMA = 1
_MAX_SIZE = 8 << 20
# Kept of each registry, the latest first: repositories of a blob (one is enough to mount from), and blobs.
_REPOSITORIES = 3
_BLOBS = 10_000
# No character of a repository's name means anything in a URL.
_REPOSITORY = re.compile(r"[a-z0-9._/-]+")


def read(path: str) -> Dict[str, Dict[str, Tuple[str, ...]]]:
    """The locations in a file, by registry."""
    try:
        data = json_object.read(path, _MAX_SIZE)
        if data["schema"] != _SCHEMA:
            return {}
        return {
            registry: {digest: _repositories(names) for digest, names in blobs.items()}
            for registry, blobs in data["registries"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def write(path: str, locations: Mapping[str, Locations]) -> None:
    """Add locations, by registry, to those in a file. Raises RegistryError."""
    merged = read(path)
    for registry, blobs in locations.items():
        known = merged.pop(registry, {})
        for digest, names in blobs.items():
            known[digest] = tuple(dict.fromkeys((*names, *known.pop(digest, ()))))[:_REPOSITORIES]
        kept = [(digest, names) for digest, names in known.items() if names][-_BLOBS:]
        if kept:
            merged[registry] = dict(kept)
    json_object.replace(path, canonical_json.encode({"schema": _SCHEMA, "registries": merged}))


def _repositories(names: Iterable[str]) -> Tuple[str, ...]:
    if not all(map(_REPOSITORY.fullmatch, names)):
        raise ValueError("not a repository")
    return tuple(names)
