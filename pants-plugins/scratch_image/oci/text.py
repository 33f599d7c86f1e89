"""Text of others, in messages and in names: what a terminal can be shown, and what a path may hold. Pure."""

from __future__ import annotations

import re

# From the beginning of a word, so that a long one without an `@` is read once.
_LOGIN = re.compile(r"(?<![^\s'\"])[^\s'\"]+@")


def printable(text: str) -> str:
    """The text with escapes, as in Python's literals, for characters that cannot be printed."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def without_login(text: str) -> str:
    """The text with `***` for each word's part before an `@`: it may be a name and a password."""
    return _LOGIN.sub("***@", text)


def has_control(text: str) -> bool:
    """Whether the text has an ASCII control character: U+0000 to U+001F, or U+007F."""
    return any(ord(one) < 0x20 or ord(one) == 0x7F for one in text)
