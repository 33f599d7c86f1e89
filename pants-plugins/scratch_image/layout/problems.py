"""What a check has found: problems, what it could not look at, and how much it looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Dict, List, Tuple

_SHOWN = 160
_TEXT = 400


class Unreadable(Exception):
    """The path can not be read, or holds neither a layout nor an archive of one. The only exception of this room."""


@dataclass(frozen=True)
class Problem:
    """`where` is a file of the layout, with a place in it; `what` is the thing that is wrong; `claimed` is what the layout
    says of it, `derived` what follows from its bytes or from the rule. All of them are printable."""

    where: str
    what: str
    claimed: str
    derived: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: claimed {self.claimed}, derived {self.derived}"


@dataclass(frozen=True)
class Report:
    """`blobs` were hashed, `size` bytes of them as they are stored. `not_shown` counts the problems beyond the limit."""

    problems: Tuple[Problem, ...]
    not_checked: Tuple[str, ...]
    manifests: int
    blobs: int
    size: int
    not_shown: int = 0

    @property
    def ok(self) -> bool:
        return not self.problems

    def to_dict(self) -> Dict[str, object]:
        return {
            "problems": [asdict(problem) for problem in self.problems],
            "notShown": self.not_shown,
            "notChecked": list(self.not_checked),
            "manifests": self.manifests,
            "blobs": self.blobs,
            "bytes": self.size,
        }


class Findings:
    """Gathers problems. Every text is made printable and cut, as most of them quote what a stranger wrote."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.problems: List[Problem] = []
        self.not_checked: List[str] = []
        self.not_shown = 0

    def add(self, where: str, what: str, claimed: str, derived: str) -> None:
        if len(self.problems) >= self._limit:
            self.not_shown += 1
            return
        problem = Problem(*map(_printable, (where, what, claimed, derived)))
        if problem not in self.problems:  # Or its document was read a second time.
            self.problems.append(problem)

    def skip(self, where: str, why: str) -> None:
        text = _printable(f"{where}: {why}")
        if len(self.not_checked) < self._limit and text not in self.not_checked:
            self.not_checked.append(text)

    def absorb(self, other: Findings) -> None:
        for problem in other.problems:
            self.add(problem.where, problem.what, problem.claimed, problem.derived)
        for text in other.not_checked:
            self.skip(*text.split(": ", 1))
        self.not_shown += other.not_shown


def shown(value: object) -> str:
    """A value of JSON or a name, as a problem quotes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        kind = "a list" if isinstance(value, list) else "an object"
        return f"{kind} of {len(value)}" if value else f"{kind} that is empty"
    if isinstance(value, bytes):
        value = value[: _SHOWN + 1].decode("utf-8", "surrogateescape")
    text = repr(value[: _SHOWN + 1] if isinstance(value, str) else value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _printable(text: str) -> str:
    cut = text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in cut)
