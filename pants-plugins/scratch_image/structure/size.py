"""Sizes as a BUILD file has them. Pure."""

from __future__ import annotations

import re
from fractions import Fraction

_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([kmg]i?)?b?", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}


def size(value: object) -> int:
    """A number of bytes: 20_000_000, '20MB' (powers of ten) or '20 MiB' (powers of two)."""
    if isinstance(value, int) and not isinstance(value, bool):
        count = value
    else:
        match = _SIZE.fullmatch(value) if isinstance(value, str) else None
        if not match:
            raise ValueError(
                f"{value!r} is not a valid size; write bytes, or a text with a unit: 20_000_000, '20MB', '19.5MiB'"
            )
        count = int(Fraction(match[1]) * _UNITS[(match[2] or "").lower()])
    if count < 1:
        raise ValueError(f"{value!r}: an image has at least one byte; write a size above 0")
    return count
