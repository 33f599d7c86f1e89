"""The contract of the process that measures an image (ImageSizes), as JSON. Both sides import this file."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Tuple

from scratch_image.oci import canonical_json


@dataclass(frozen=True)
class LayerSize:
    """A layer: its line in the history, and its bytes as stored and as an unpacked tar archive."""

    created_by: str
    stored: int
    unpacked: int


@dataclass(frozen=True)
class ImageSizes:
    """One platform's image. `layers` are base first; `files` are (absolute path, bytes), the largest first, and `more`
    counts those that are left out, with `more_bytes`. `program` is the path of what the image starts."""

    platform: str
    program: str
    layers: Tuple[LayerSize, ...]
    files: Tuple[Tuple[str, int], ...]
    more: int = 0
    more_bytes: int = 0

    @property
    def stored(self) -> int:
        """The bytes of the layers, as a registry stores and sends them."""
        return sum(layer.stored for layer in self.layers)

    @property
    def unpacked(self) -> int:
        """The bytes of the tar archives in the layers."""
        return sum(layer.unpacked for layer in self.layers)


def to_json(images: Tuple[ImageSizes, ...]) -> bytes:
    """What the process writes."""
    return canonical_json.encode([dataclasses.asdict(image) for image in images])


def from_json(content: bytes) -> Tuple[ImageSizes, ...]:
    """Reads what to_json() wrote."""
    found = []
    for data in json.loads(content):
        data["layers"] = tuple(LayerSize(**layer) for layer in data["layers"])
        data["files"] = tuple((path, size) for path, size in data["files"])
        found.append(ImageSizes(**data))
    return tuple(found)
