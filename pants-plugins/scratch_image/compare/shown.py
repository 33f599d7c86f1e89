"""An image as the page has it: its sizes, whose bytes its programs have, findings, and its bills of materials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence, Tuple

from scratch_image.binary.blame import Part
from scratch_image.compare.bill import Component
from scratch_image.compare.sizes import ImageSizes

Finding = Tuple[str, str, str]


@dataclass(frozen=True)
class Shown:
    """An image on the page: its name and digest, its platforms' sizes, for each of them the parts of its program, what its
    report found, (check, severity, text), the components in its bills of materials, and sentences on files without a box."""

    name: str
    digest: str
    images: Tuple[ImageSizes, ...]
    parts: Tuple[Tuple[Part, ...], ...]
    findings: Sequence[Finding] = ()
    components: Sequence[Component] = ()
    left_out: Sequence[str] = ()
