"""What a resolver of a need answers."""

from __future__ import annotations

from typing import NamedTuple

SATISFIED, UNUSABLE, MISSING = "satisfied", "unusable", "missing"


class Answer(NamedTuple):
    """`state` is one of the constants: SATISFIED by `place`; UNUSABLE, because of `why`, what is at `place`; or MISSING, and
    `place` is where the program looks first. `place` is a path, or the name of what is in the program."""

    state: str
    place: str
    why: str = ""

    def __bool__(self) -> bool:
        return self.state == SATISFIED
