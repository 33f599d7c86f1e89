"""Layers that several images have: a registry stores each once."""

from __future__ import annotations

from typing import Dict, Iterable, List, NamedTuple, Tuple

from scratch_image.compare.sizes import ImageSizes, LayerSize, platform_names


class Shared(NamedTuple):
    """A layer, and the images that have it, as `name platform`."""

    layer: LayerSize
    images: Tuple[str, ...]


class Stored(NamedTuple):
    """What images store: the bytes of their layers, each image for itself; the bytes with each layer once; and the layers
    that are in more than one, those first that spare the most bytes."""

    apart: int
    together: int
    shared: Tuple[Shared, ...]

    def count(self, digest: str) -> int:
        """How many images have a layer; 1 for one that is not shared."""
        return next((len(each.images) for each in self.shared if each.layer.digest == digest), 1)


def stored(images: Iterable[Tuple[str, Tuple[ImageSizes, ...]]]) -> Stored:
    """In: names of images, each with its platforms' images."""
    layers: Dict[str, LayerSize] = {}
    where: Dict[str, List[str]] = {}
    apart = 0
    for name, platforms in images:
        for platform, image in zip(platform_names(platforms), platforms):
            apart += image.stored
            for layer in {layer.digest: layer for layer in image.layers}.values():
                layers.setdefault(layer.digest, layer)
                where.setdefault(layer.digest, []).append(f"{name} {platform}")
    shared = [Shared(layer, tuple(where[digest])) for digest, layer in layers.items() if len(where[digest]) > 1]
    shared.sort(key=lambda each: (-each.layer.stored * (len(each.images) - 1), each.layer.digest))
    return Stored(apart, sum(layer.stored for layer in layers.values()), tuple(shared))
