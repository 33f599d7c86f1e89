"""Tables and numbers as the report writes them."""

from __future__ import annotations

from typing import Iterable, Optional, Sequence

NOTHING = "–"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are numbers. A bar in a cell becomes a slash."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def seconds(value: float) -> str:
    """Three digits that mean something: `0.156`, `4.10`, `135`."""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def times(value: Optional[float]) -> str:
    return NOTHING if value is None else f"{value:.2f}×"


def spread(values: Sequence[float]) -> str:
    """The least and the greatest, in seconds."""
    return f"{seconds(min(values))} – {seconds(max(values))}"


def count(value: Optional[int]) -> str:
    """`61234567` → `61 234 567`."""
    return NOTHING if value is None else f"{value:,}".replace(",", " ")
