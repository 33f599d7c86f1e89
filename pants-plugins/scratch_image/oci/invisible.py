"""Characters that a reader of a path or a name cannot see, or takes for others. Pure.

The table is written out, so that every version of Python refuses the same. It holds Unicode 15.1's control characters (Cc),
format characters (Cf, which change the direction of a text), separators of lines and paragraphs (Zl, Zp), blanks other than
the space (Zs), Default_Ignorable_Code_Point (DerivedCoreProperties.txt), private use (Co) and noncharacters; and three that
have an empty glyph, or one that stands for something else: U+2800, U+1D159 and U+FFFC.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Optional

from scratch_image.oci.text import printable

_RANGES = (
    "0000-001F 007F-00A0 00AD 034F 0600-0605 061C 06DD 070F 0890-0891 08E2 115F-1160 1680 17B4-17B5 180B-180F 2000-200F "
    "2028-202F 205F-206F 2800 3000 3164 E000-F8FF FDD0-FDEF FE00-FE0F FEFF FFA0 FFF0-FFFC FFFE-FFFF 110BD 110CD "
    "13430-1343F 1BCA0-1BCA3 1D159 1D173-1D17A 1FFFE-1FFFF 2FFFE-2FFFF 3FFFE-3FFFF 4FFFE-4FFFF 5FFFE-5FFFF 6FFFE-6FFFF "
    "7FFFE-7FFFF 8FFFE-8FFFF 9FFFE-9FFFF AFFFE-AFFFF BFFFE-BFFFF CFFFE-CFFFF DFFFE-E0FFF EFFFE-10FFFF"
)
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f]")
_BLANKS = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")


def _class(ranges: str) -> str:
    """The ranges as a class of a regular expression."""
    pairs = (part.partition("-") for part in ranges.split())
    return "".join(f"{chr(int(first, 16))}-{chr(int(last or first, 16))}" for first, _, last in pairs)


_INVISIBLE = re.compile(f"[{_class(_RANGES)}]")


def invisible(text: str) -> Optional[str]:
    """The first character of a text that cannot be seen, as `U+202E (RIGHT-TO-LEFT OVERRIDE)`; None if all can."""
    found = _INVISIBLE.search(text)
    if not found:
        return None
    name = "a control character" if _CONTROLS.match(found[0]) else unicodedata.name(found[0], "")
    return f"U+{ord(found[0]):04X}{f' ({name})' if name else ''}"


def visible(text: str) -> str:
    """The text as a literal of Python, in which every character can be seen."""
    return _INVISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), repr(text))


def escaped(text: str) -> str:
    """The text with escapes, as in Python's literals, for what cannot be printed and for what cannot be seen."""
    if text.isascii() and text.isprintable():
        return text
    return _INVISIBLE.sub(lambda found: ascii(found[0])[1:-1], printable(text))


def cleaned(text: str) -> str:
    """The text without what cannot be seen, and with a space for every other blank."""
    return _INVISIBLE.sub("", _BLANKS.sub(" ", text))


def refuse_invisible(text: str, meant: str = "") -> None:
    """Raises ValueError if there is a character that cannot be seen, with what is `meant`, by default the text without
    such characters."""
    found = invisible(text)
    if found:
        raise ValueError(f"{visible(text)} contains {found}, which cannot be seen; write {meant or cleaned(text)!r}")
