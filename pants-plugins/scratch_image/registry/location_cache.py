"""The file in which a run leaves, for later runs, which repository has which blob, and which registry lists what is attached
to images. These are hints, without secrets: a file that cannot be read counts as empty."""

from __future__ import annotations

import re
from typing import Dict, Iterable, Mapping, Tuple

from scratch_image.oci import canonical_json
from scratch_image.registry import json_object

# Digest → repositories, the likeliest first.
Locations = Mapping[str, Tuple[str, ...]]
_SCHEMA = 1
_NOTHING: Mapping[str, bool] = {}
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


def read_lists(path: str) -> Dict[str, bool]:
    """Whether registries have the API for referrers, as far as a file has it. It decides which list is asked for first."""
    lists = json_object.table(json_object.read(path, _MAX_SIZE), "referrersApi")
    return {registry: value for registry, value in lists.items() if isinstance(value, bool)}


def write(path: str, locations: Mapping[str, Locations], lists: Mapping[str, bool] = _NOTHING) -> None:
    """Add locations, and whether there is an API for referrers, by registry, to those in a file. Raises RegistryError."""
    merged = read(path)
    all_lists = {**read_lists(path), **lists}
    for registry, blobs in locations.items():
        known = merged.pop(registry, {})
        for digest, names in blobs.items():
            known[digest] = tuple(dict.fromkeys((*names, *known.pop(digest, ()))))[:_REPOSITORIES]
        kept = [(digest, names) for digest, names in known.items() if names][-_BLOBS:]
        if kept:
            merged[registry] = dict(kept)
    known_lists = {"referrersApi": all_lists} if all_lists else {}
    json_object.replace(path, canonical_json.encode({"schema": _SCHEMA, "registries": merged, **known_lists}))


def _repositories(names: Iterable[str]) -> Tuple[str, ...]:
    if not all(map(_REPOSITORY.fullmatch, names)):
        raise ValueError("not a repository")
    return tuple(names)
