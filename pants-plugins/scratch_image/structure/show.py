"""Differences as lines for people."""

from __future__ import annotations

from itertools import groupby
from typing import Iterable, List, Tuple

from scratch_image.oci.numbers import counted
from scratch_image.oci.text import printable
from scratch_image.structure.compare import Difference
from scratch_image.structure.expectations import Expectations

# What is short enough for expected and found to stand on one line.
_SHORT = ("type", "mode", "owner")


def show(name: str, platform: str, differences: Iterable[Difference]) -> str:
    """A block for one platform's image."""
    lines = [f"{name} {platform}   (- expected, + found)"]
    for subject, group in groupby(differences, key=lambda difference: difference.subject):
        lines.append(f"  {subject}")
        for difference in group:
            lines.extend(f"    {line}" for line in _lines(difference))
    # Names and texts are the image's: nothing in them may move the cursor.
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in lines)


def held(expectations: Expectations, platforms: Tuple[str, ...]) -> str:
    """The line where nothing differs."""
    verb = "holds" if expectations.count == 1 else "hold"
    return f"{expectations.image}: {counted(expectations.count, 'expectation')} {verb} on {', '.join(platforms)}"


def _lines(difference: Difference) -> List[str]:
    if difference.what == "text":
        return ["text", *difference.more]
    if difference.what in _SHORT:
        lines = [f"{difference.what:<7} expected {difference.expected}   found {difference.found}"]
    elif difference.what:
        name = [] if difference.what == "value" else [difference.what]
        lines = [*name, f"- {difference.expected}", f"+ {difference.found}"]
    else:
        lines = [f"expected {difference.expected}, found {difference.found}"]
    return [*lines, *difference.more]
