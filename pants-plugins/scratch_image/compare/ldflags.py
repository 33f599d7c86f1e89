"""The flags of Go's linker, compared: values that `-X` sets one by one, the rest as it is."""

from __future__ import annotations

import shlex
from typing import Dict, Iterator, List, Tuple

from scratch_image.compare.reason import Reason, between, changed

# What strips a program; that it is stripped is a reason of its own.
_STRIP = ("-s", "-w", "-s=true", "-w=true")


def ldflags_reasons(before: str, after: str) -> Iterator[Reason]:
    """Why two texts of `-ldflags`, as build information has them, differ."""
    (one, rest), (other, other_rest) = _parse(before), _parse(after)
    for name in sorted({*one, *other}):
        if one.get(name) != other.get(name):
            values = one.get(name), other.get(name)
            texts = ["none" if value is None else value for value in values]
            yield between("ldflags", f"-X {name}", values, f"-ldflags -X {name}: {texts[0]} → {texts[1]}")
    if rest != other_rest:
        yield changed("ldflags", "-ldflags", before or None, after or None)


def _parse(text: str) -> Tuple[Dict[str, str], List[str]]:
    """(the values of `-X`, by the name of the variable; the other flags without those that strip)"""
    try:
        words = shlex.split(text)
    except ValueError:  # A quote without its end: Go accepts no such flags, and a file may hold anything.
        words = text.split()
    values: Dict[str, str] = {}
    rest: List[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        # A flag has one or two hyphens in Go.
        name = word.replace("--", "-", 1) if word.startswith("--") else word
        if name == "-X" and at < len(words):
            assignment, at = words[at], at + 1
        elif name.startswith("-X="):
            assignment = name[3:]
        else:
            rest += [] if name in _STRIP else [word]
            continue
        variable, _, value = assignment.partition("=")
        values[variable] = value
    return values, rest
