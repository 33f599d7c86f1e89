"""What must hold, beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Optional

from benchmarks import markdown


@dataclass(frozen=True)
class Mark:
    """`value` is None where it was not measured; `unit` follows the numbers."""

    what: str
    value: Optional[float]
    limit: float
    unit: str
    at_least: bool

    @property
    def holds(self) -> Optional[bool]:
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def at_least(what: str, value: Optional[float], limit: float, unit: str) -> Mark:
    return Mark(what, value, limit, unit, True)


def at_most(what: str, value: Optional[float], limit: float, unit: str) -> Mark:
    return Mark(what, value, limit, unit, False)


def table(marks: Iterable[Mark]) -> str:
    """Nothing where nothing must hold."""
    rows = [_row(mark) for mark in marks]
    return markdown.table(("must hold", "wanted", "measured", "holds"), rows) if rows else ""


def _row(mark: Mark) -> tuple[str, ...]:
    wanted = f"{'≥' if mark.at_least else '≤'} {mark.limit:g}{mark.unit}"
    if mark.value is None:
        return mark.what, wanted, "not measured", markdown.NOTHING
    return mark.what, wanted, f"{mark.value:.4g}{mark.unit}", "yes" if mark.holds else "**no**"
