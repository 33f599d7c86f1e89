"""Bytes of a file as text that is safe for a terminal."""

from __future__ import annotations


def readable(content: bytes) -> str:
    """The text, with escapes for bytes that are not UTF-8 or cannot be printed."""
    text = content.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
