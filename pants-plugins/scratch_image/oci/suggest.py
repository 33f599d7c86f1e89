"""The cure of an error about an unknown name: the nearest known one, or all of them. Pure."""

from __future__ import annotations

import difflib
from typing import Iterable


def did_you_mean(value: str, choices: Iterable[str], otherwise: str = "", form: str = "{!r}") -> str:
    """`did you mean 'x'?` with the choice nearest to `value`; if none is near, `otherwise`, or `choose from a, b, c`. `form`
    shows the choice, in the notation of `str.format`."""
    choices = tuple(choices)
    near = difflib.get_close_matches(value, choices, 1)
    return f"did you mean {form.format(near[0])}?" if near else otherwise or f"choose from {', '.join(choices)}"
