"""What is wrong in a layout, and what could not be checked."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Dict, List

from scratch_image.oci.text import printable

_SHOWN = 160
_TEXT = 400


class Unreadable(Exception):
    """The path cannot be read, or holds neither a layout nor an archive of one."""


def reason(error: Exception, path: str) -> str:
    """Why something cannot be read, for a text that names its `path`."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    text = "there is no such file or directory" if isinstance(error, FileNotFoundError) else error.strerror
    return text if error.filename in (None, path) else f"{text}: {error.filename}"


@dataclass(frozen=True)
class Problem:
    """What is wrong. `where` is a file of the layout, with a place in it; `what` is the thing that is wrong. All texts of a
    problem are printable."""

    where: str
    what: str

    def to_dict(self) -> Dict[str, str]:
        """The members in exported JSON; of a Broken, `claimed` is the value and `derived` the rule."""
        return dict(zip(("where", "what", "claimed", "derived"), astuple(self)))


@dataclass(frozen=True)
class Mismatch(Problem):
    """Two statements that differ: `claimed` is what the layout states, `derived` what follows from its bytes."""

    claimed: str
    derived: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: claimed {self.claimed}, derived {self.derived}"


@dataclass(frozen=True)
class Broken(Problem):
    """A rule that does not hold: `value` is what breaks it, `rule` is the sentence for people."""

    value: str
    rule: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.rule}"


class Problems:
    """Gathers problems, at most `limit`; `not_shown` counts the rest. Every text is made printable and truncated, because
    most of them quote a stranger. `not_checked` holds sentences."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.problems: List[Problem] = []
        self.not_checked: List[str] = []
        self.not_shown = 0

    def mismatch(self, where: str, what: str, claimed: str, derived: str) -> None:
        """Adds a Mismatch."""
        if self._has_room():
            self._add(Mismatch(*map(_shortened, (where, what, claimed, derived))))

    def broken(self, where: str, what: str, value: str, rule: str) -> None:
        """Adds a Broken."""
        if self._has_room():
            self._add(Broken(*map(_shortened, (where, what, value, rule))))

    def expected(self, where: str, what: str, kind: str, value: object) -> None:
        """Adds a Broken: a value of another kind than the one that is named."""
        self.broken(where, what, shown(value), f"expected {kind}, got {shown(value)}")

    def skip(self, where: str, why: str) -> None:
        """Adds what was not checked."""
        text = _shortened(f"{where}: {why}")
        if len(self.not_checked) < self._limit and text not in self.not_checked:
            self.not_checked.append(text)

    def absorb(self, other: Problems) -> None:
        """Adds all that another one has gathered."""
        for problem in other.problems:
            if self._has_room():
                self._add(problem)
        for text in other.not_checked:
            self.skip(*text.split(": ", 1))
        self.not_shown += other.not_shown

    def _has_room(self) -> bool:
        """Counts a problem beyond the limit, before its texts are shortened."""
        has_room = len(self.problems) < self._limit
        self.not_shown += not has_room
        return has_room

    def _add(self, problem: Problem) -> None:
        if problem not in self.problems:  # Its document may have been read twice.
            self.problems.append(problem)


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


def _shortened(text: str) -> str:
    return printable(text if len(text) <= _TEXT else f"{text[:_TEXT]}…")
