"""Bytes of a file as text for people: whatever they are, they do nothing to a terminal."""

from __future__ import annotations


def readable(content: bytes) -> str:
    """What is no UTF-8, or can not be printed, is shown in escapes."""
    text = content.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
