"""Mismatches as lines for people."""

from __future__ import annotations

from itertools import groupby
from typing import Iterable, List, Tuple

from scratch_image.structure.compare import Mismatch
from scratch_image.structure.expectations import Expectations

# What is short enough to stand beside what was found.
_SHORT = ("type", "mode", "owner")


def show(name: str, platform: str, mismatches: Iterable[Mismatch]) -> str:
    """A block for one platform's image."""
    lines = [f"{name} {platform}   (- expected, + found)"]
    for subject, group in groupby(mismatches, key=lambda mismatch: mismatch.subject):
        lines.append(f"  {subject}")
        for mismatch in group:
            lines.extend(f"    {line}" for line in _lines(mismatch))
    return "\n".join(_printable(line) for line in lines)


def held(expectations: Expectations, platforms: Tuple[str, ...]) -> str:
    """What is said where nothing differs."""
    count = expectations.count
    what = "1 expectation holds" if count == 1 else f"{count} expectations hold"
    return f"{expectations.image}: {what} on {', '.join(platforms)}"


def _lines(mismatch: Mismatch) -> List[str]:
    if mismatch.what == "text":
        return ["text", *mismatch.more]
    if mismatch.what in _SHORT:
        lines = [f"{mismatch.what:<7} expected {mismatch.expected}   found {mismatch.found}"]
    elif mismatch.what:
        name = [] if mismatch.what == "value" else [mismatch.what]
        lines = [*name, f"- {mismatch.expected}", f"+ {mismatch.found}"]
    else:
        lines = [f"expected {mismatch.expected}, found {mismatch.found}"]
    return [*lines, *mismatch.more]


def _printable(line: str) -> str:
    """A line in which nothing moves the cursor: names and texts are the image's."""
    return "".join(one if one.isprintable() or one == "\t" else ascii(one)[1:-1] for one in line)
