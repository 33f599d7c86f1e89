"""Pins down which layers several images have, and what a registry stores of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Tuple

from scratch_image.compare.shared import Shared, stored
from scratch_image.compare.sizes import ImageSizes, LayerSize
from tests.support.measured import SIZES


def image(*layers: Tuple[str, int], platform: str = "linux/amd64") -> ImageSizes:
    return replace(SIZES, platform=platform, layers=tuple(LayerSize(name, size, size, name) for name, size in layers))


def test_layers_of_several_images() -> None:
    images = [
        ("one", (image(("base", 10), ("a", 1)),)),
        ("two", (image(("base", 10), ("b", 2)), image(("base", 10), ("c", 3), platform="linux/arm64"))),
        ("three", (image(("b", 2)),)),
    ]
    found = stored(images)
    assert (found.apart, found.together) == (11 + 12 + 13 + 2, 16)
    base, other = LayerSize("base", 10, 10, "base"), LayerSize("b", 2, 2, "b")
    assert found.shared == (
        Shared(base, ("one linux/amd64", "two linux/amd64", "two linux/arm64")),
        Shared(other, ("two linux/amd64", "three linux/amd64")),
    )
    assert [found.count(name) for name in ("base", "a", "b")] == [3, 1, 2]


def test_a_layer_that_an_image_has_twice() -> None:
    """Such as an empty one of another builder: it is shared with no other image."""
    found = stored([("one", (image(("x", 5), ("x", 5)),))])
    assert (found.apart, found.together, found.shared) == (10, 5, ())


def test_images_of_one_platform() -> None:
    found = stored([("one", (image(("x", 5)), image(("x", 5))))])
    assert found.shared[0].images == ("one linux/amd64 (1 of 2)", "one linux/amd64 (2 of 2)")
