"""What an image turned out to be, for people: the lines in the log of `package`. Pure."""

from __future__ import annotations

from typing import Tuple

from scratch_image.oci.numbers import size
from scratch_image.oci.spec import Descriptor
from scratch_image.report.image_json import ImageReport


def log_lines(root: Descriptor, reports: Tuple[ImageReport, ...]) -> Tuple[str, ...]:
    """The lines under `Wrote dist/…`; `root` is the descriptor of the image or of the index."""
    lines = [f"  digest    {root.digest}"]
    for report in reports:
        stored = sum(layer.size for layer in report.layers)
        unpacked = sum(layer.unpacked_size for layer in report.layers)
        lines.append(f"  platform  {report.image.platform}")
        recipes = ", ".join(layer.recipe for layer in report.layers)
        lines.append(f"  layers    {size(stored)}, unpacked {size(unpacked)} ({recipes})")
    return tuple(lines)
