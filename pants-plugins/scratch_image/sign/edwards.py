"""Whether 32 bytes are a public key of Ed25519 (RFC 8032, 5.1.3 and 8.1): the library checks none of it. Pure."""

from __future__ import annotations

_P = 2**255 - 19


def _inverse(number: int) -> int:
    return pow(number, _P - 2, _P)


_D = -121665 * _inverse(121666) % _P


def defect(encoded: bytes) -> str:
    """What is wrong with an encoded point as a public key; empty if nothing is. Anybody can make signatures that a point of
    small order verifies, and a second form of a point would be the same key twice."""
    number = int.from_bytes(encoded, "little")
    y = number & (2**255 - 1)
    if y >= _P:
        return "its point is not in the form of RFC 8032"
    if y not in (1, _P - 1) and pow(_x_squared(y), (_P - 1) // 2, _P) != 1:
        return "its point is not on the curve"
    # Eight times the point is the neutral element, (0, 1).
    return "its point has a small order, so anybody can sign for it" if _double(_double(_double(y))) == 1 else ""


def _x_squared(y: int) -> int:
    """Of the points (x, y) and (-x, y): -x² + y² = 1 + d x² y²."""
    return (y * y - 1) * _inverse(_D * y * y + 1) % _P


def _double(y: int) -> int:
    """The y of a point that is added to itself."""
    x_squared = _x_squared(y)
    return (y * y + x_squared) * _inverse(1 - _D * x_squared * y * y) % _P
