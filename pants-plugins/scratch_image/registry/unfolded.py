"""What a text says once its escapes are undone: percent-encoding, quoted-printable, HTML, JSON, Python and C."""

from __future__ import annotations

import re
from typing import Callable, List, Optional, Sequence, Tuple

# `%41`, `%2541`, `%u0041`, `&#65;`, `&#65`, `&#x41;`, `&amp;`; `=41`; then `\u0041`, `\u{41}`, `\U00000041`, `\x41`, `\101`,
# `\n`, `\"`, each with any number of backslashes.
_OUTER = re.compile(
    r"%(?:25)*(?:u([0-9A-Fa-f]{4})|([0-9A-Fa-f]{2}))"
    r"|&(?:amp;)*(#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|amp;|lt;|gt;|quot;|apos;)"
)
_QUOTED = re.compile(r"=([0-9A-F]{2})")
_INNER = re.compile(
    r"(?<!\\)\\+(?:u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|([^\\]))",
    re.DOTALL,
)
_ENTITIES = {"amp;": "&", "lt;": "<", "gt;": ">", "quot;": '"', "apos;": "'"}
# What has no width, and may stand between the characters of a secret.
_UNSEEN = re.compile("[\xad\u200b-\u200f\u2060-\u2064\ufeff]")
# The bytes of one character in UTF-8, each read as a character.
_UTF8 = re.compile("[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
# A text to search, and where each of its characters begins in the text that it is made from, and where the last one ends.
View = Tuple[str, Sequence[int]]


def unfolded(text: str) -> Sequence[View]:
    """The text as it is, and without each kind of escapes, of which a secret may hold some itself; each also as UTF-8, if it
    was read as Latin-1: a header is."""
    views: List[View] = [(text, range(len(text) + 1))]
    for pattern, one in ((_UNSEEN, _nothing), (_OUTER, _outer), (_QUOTED, _quoted), (_INNER, _inner), (_UTF8, _utf8)):
        changed = (_replaced(view, pattern, one) for view in views)
        views += [view for view in changed if view is not None]
    return views


def _replaced(view: View, pattern: re.Pattern[str], one: Callable[[re.Match[str]], str]) -> Optional[View]:
    """Another character, or none, in the place of each match; None if there is no match."""
    text, starts = view
    pieces: List[str] = []
    begins: List[int] = []
    at = 0
    for match in pattern.finditer(text):
        new = one(match)
        pieces += [text[at : match.start()], new]
        # A match that stays keeps its characters' places.
        kept = starts[match.start() : match.end() if len(new) > 1 else match.start() + len(new)]
        begins += [*starts[at : match.start()], *kept]
        at = match.end()
    return ("".join((*pieces, text[at:])), [*begins, *starts[at:]]) if pieces else None


def _outer(match: re.Match[str]) -> str:
    if match[1] or match[2]:
        return chr(int(match[1] or match[2], 16))
    name = match[3]
    if name in _ENTITIES:
        return _ENTITIES[name]
    digits = name.rstrip(";")
    code = int(digits[2:], 16) if digits[1] in "xX" else int(digits[1:])
    return chr(code) if code <= 0x10FFFF else match[0]


def _quoted(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _nothing(match: re.Match[str]) -> str:
    return ""


def _inner(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3] or match[4]
    if code:
        return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else match[0]
    return chr(int(match[5], 8)) if match[5] else _CONTROLS.get(match[6], match[6])


def _utf8(match: re.Match[str]) -> str:
    try:
        return match[0].encode("latin-1").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return match[0]
