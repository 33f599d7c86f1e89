"""Text of others, in messages and in names: what a terminal can be shown, and what a path may hold. Pure."""

from __future__ import annotations

import re
from typing import Mapping

# What stands for an `@`: percent-encoded, full width and small, too.
_AT = re.compile("@|%40|\uff20|\ufe6b")
_DIGEST = re.compile(r"@sha(?:256|512):[0-9a-f]{6,}$")
# `@` in front of names, as in `registries`: `@one, @two`.
_ALIASES = re.compile(r"\s*@[^@%:,]+(?:,\s*@[^@%:,]+)*")


def printable(text: str) -> str:
    """The text with escapes, as in Python's literals, for characters that cannot be printed."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def without_login(text: str) -> str:
    """An address with `***` for all before its last `@`: it may be a name and a password. A digest at its end is kept, and
    names of aliases are."""
    at = login_end(text)
    return f"***@{text[at:]}" if at else text


def login_end(text: str) -> int:
    """Where what follows a login in an address begins; 0 if there is none."""
    digest = _DIGEST.search(text)
    ends = [match.end() for match in _AT.finditer(text[: digest.start()] if digest else text)]
    return 0 if not ends or ends[-1] == 1 or _ALIASES.fullmatch(text) else ends[-1]


def without_logins(value: object) -> object:
    """A value of a BUILD file in which every string is as without_login() has it."""
    if isinstance(value, str):
        return without_login(value)
    if isinstance(value, bytes):
        return without_login(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if isinstance(value, Mapping):
        return {without_logins(key): without_logins(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)([*map(without_logins, value)])
    return value


def has_control(text: str) -> bool:
    """Whether the text has an ASCII control character: U+0000 to U+001F, or U+007F."""
    return any(ord(one) < 0x20 or ord(one) == 0x7F for one in text)
