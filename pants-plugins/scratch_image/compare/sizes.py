"""The contract of the process that measures an image (ImageSizes), as JSON. Both sides import this file."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass
from typing import List, Sequence, Tuple

from scratch_image.oci import canonical_json


@dataclass(frozen=True)
class LayerSize:
    """A layer: its line in the history, its bytes as stored and as an unpacked tar archive, and its digest."""

    created_by: str
    stored: int
    unpacked: int
    digest: str = ""


@dataclass(frozen=True)
class ImageSizes:
    """One platform's image. `layers` are base first; `files` are (absolute path, bytes), the largest first, and `more`
    counts those that are left out, with `more_bytes`. `program` is the path of what the image starts. `digest` is that of
    the manifest, and `layer_of` has for each file the number of its layer."""

    platform: str
    program: str
    layers: Tuple[LayerSize, ...]
    files: Tuple[Tuple[str, int], ...]
    more: int = 0
    more_bytes: int = 0
    digest: str = ""
    layer_of: Tuple[int, ...] = ()

    @property
    def stored(self) -> int:
        """The bytes of the layers, as a registry stores and sends them."""
        return sum(layer.stored for layer in self.layers)

    @property
    def unpacked(self) -> int:
        """The bytes of the tar archives in the layers."""
        return sum(layer.unpacked for layer in self.layers)


def platform_names(images: Sequence[ImageSizes]) -> List[str]:
    """The platform of each image; those of which an index has several are numbered."""
    platforms = [image.platform for image in images]
    counts, seen = Counter(platforms), Counter[str]()
    found = []
    for platform in platforms:
        seen[platform] += 1
        several = counts[platform] > 1
        found.append(f"{platform} ({seen[platform]} of {counts[platform]})" if several else platform)
    return found


def to_json(images: Tuple[ImageSizes, ...]) -> bytes:
    """What the process writes."""
    return canonical_json.encode([dataclasses.asdict(image) for image in images])


def from_json(content: bytes) -> Tuple[ImageSizes, ...]:
    """Reads what to_json() wrote."""
    found = []
    for data in json.loads(content):
        data["layers"] = tuple(LayerSize(**layer) for layer in data["layers"])
        data["files"] = tuple((path, size) for path, size in data["files"])
        data["layer_of"] = tuple(data["layer_of"])
        found.append(ImageSizes(**data))
    return tuple(found)
