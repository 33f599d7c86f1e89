"""Numbers for people: size() for what is measured, digits() and counted() for what is compared to the byte. Pure."""

from __future__ import annotations


def size(count: int) -> str:
    """A number of bytes in powers of ten, as registries show it: `12.3 MB`."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 999.95:
            return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def digits(number: int) -> str:
    """A number with its thousands apart: `12 345`."""
    return f"{number:,}".replace(",", " ")


def counted(number: int, noun: str) -> str:
    """`1 byte`, `12 345 bytes`."""
    return f"{digits(number)} {noun}" if number == 1 else f"{digits(number)} {noun}s"
