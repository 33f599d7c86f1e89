"""How much an image may grow: the value of the field `max_growth`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Mapping, Optional, Tuple

from scratch_image.image.field_reader import FieldReader, Mistake
from scratch_image.structure.size import size

_PERCENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%", re.ASCII)


@dataclass(frozen=True)
class Growth:
    """The most that an image may grow: a `share` of its recorded size, or `bytes` if that is not None."""

    share: Fraction = Fraction(0)
    bytes: Optional[int] = None

    def allowed(self, recorded: int) -> int:
        """The largest size that is within the bound, in bytes."""
        return recorded + (int(recorded * self.share) if self.bytes is None else self.bytes)


def growth(value: object) -> Growth:
    """Reads `2%`, or a size: 100_000, `100kB`. Raises ValueError."""
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match:
        return Growth(Fraction(match[1]) / 100)
    if value == 0 and not isinstance(value, bool):
        return Growth()
    number = value.strip() if isinstance(value, str) else ""
    if number.isascii() and number.isdigit():
        raise ValueError(f"{value!r} has no unit; write '{number}%' for a share, or {number} for bytes")
    try:
        return Growth(bytes=size(value))
    except ValueError:
        text = "is not a valid growth; write a share or a size: '2%', '100kB', 100_000"
        raise ValueError(f"{value!r} {text}") from None


def read_growth(values: Mapping[str, object]) -> Tuple[Optional[Growth], Tuple[Mistake, ...]]:
    """The field of one target, None where it is not set, and what is wrong in it."""
    read = FieldReader(values)
    return read.one("max_growth", growth, None), tuple(read.mistakes)
