"""Sizes of an image that is not there."""

from __future__ import annotations

from scratch_image.compare.sizes import ImageSizes, LayerSize

SIZES = ImageSizes(
    "linux/amd64",
    "/app",
    (LayerSize("scratch_image files", 100, 2048), LayerSize("scratch_image binary", 900, 10240)),
    tuple((f"/file{number}", 1000 - number) for number in range(7)),
    3,
    30,
)
