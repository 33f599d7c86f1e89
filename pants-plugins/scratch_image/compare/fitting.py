"""As much of a name as fits in a box, without knowing the fonts of those who will look at it."""

from __future__ import annotations

import functools
import unicodedata
from bisect import bisect_right
from itertools import accumulate

from scratch_image.oci.invisible import escaped

# Widths of letters in the height of a line, on the safe side of common fonts.
_NARROW, _WIDE, _LETTER, _CAPITAL, _FULL = 0.34, 0.92, 0.58, 0.72, 1.05
# So many characters of a name are looked at, and fewer letters than these say nothing.
_MOST, _LEAST = 300, 3


def fitting(label: str, width: float) -> str:
    """As much of a label as fits in a width, in heights of a line: the end of a path, the beginning of anything else. Empty
    if that says nothing. What is written out takes more room, so that is what is measured."""
    shown = escaped(label[:_MOST])
    ends = [0.0, *accumulate(map(_width, shown))]
    if ends[-1] <= width:
        return shown
    slash = shown.find("/")
    while slash >= 0:
        if _WIDE + ends[-1] - ends[slash] <= width:
            return f"…{shown[slash:]}"
        slash = shown.find("/", slash + 1)
    count = max(bisect_right(ends, width - _WIDE) - 1, 0)
    return f"{shown[:count]}…" if count >= _LEAST else ""


@functools.lru_cache(1 << 10)
def _width(letter: str) -> float:
    if letter in "ijlrtfI.,:;'|!()[]/ -":
        return _NARROW
    if letter in "mwMW@%…":
        return _WIDE
    if unicodedata.east_asian_width(letter) in ("W", "F", "A"):
        return _FULL
    return _CAPITAL if letter.isupper() or ord(letter) > 0x7F else _LETTER
