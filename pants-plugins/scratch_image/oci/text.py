"""Text of others on one line of a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with each character that a terminal does not print as an ASCII escape: a newline as `\\n`."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def has_control(text: str) -> bool:
    """Whether the text holds a control character of ASCII."""
    return any(ord(each) < 0x20 or ord(each) == 0x7F for each in text)
