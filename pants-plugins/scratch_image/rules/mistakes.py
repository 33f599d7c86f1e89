"""All mistakes of a target, as one error."""

from __future__ import annotations

import textwrap
from typing import Iterable

from pants.engine.addresses import Address

from scratch_image.engine.errors import ScratchImageError
from scratch_image.image.field_reader import Mistake


class InvalidScratchImage(ScratchImageError):
    """A `scratch_image` target has mistakes; the text holds all of them."""

    outcome = "made"

    def __init__(self, address: Address, mistakes: Iterable[Mistake]) -> None:
        lines = "\n".join(textwrap.indent(str(mistake), "    ")[2:] for mistake in mistakes)
        super().__init__(f"{address} cannot be {self.outcome}:\n{lines}")


class InvalidScratchImageTest(InvalidScratchImage):
    """A `scratch_image_test` target has mistakes; the text holds all of them."""

    outcome = "run"
