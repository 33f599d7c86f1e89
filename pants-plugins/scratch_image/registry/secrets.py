"""The secrets that a run knows, and texts without them: a registry may repeat a credential in what it answers.

A secret is found as it is, in any case, and as the usual encodings show it: base64 (RFC 4648, both alphabets, also in the
middle of a longer value, as in `Basic`), base32, percent-encoding, quoted-printable, escapes of JSON, Python, C and HTML,
numbers of its bytes, and with characters between that cannot be seen; and as base64 or numbers of any of these.
"""

from __future__ import annotations

import base64
import re
import threading
from typing import Iterator, List, Sequence, Set, Tuple

from scratch_image.registry.unfolded import View, unfolded

BLANK = "***"
WITHHELD = "(withheld, because the text holds a credential)"
# A shorter secret is in many words: a text with one in it would show where it was.
_SHORT = 6
# Characters in a row that a foreign text may share with a secret: it may repeat only a part.
_PART = 12
# A foreign text beyond this is not searched, and not shown either.
MAX_FOREIGN = 16 << 10
# A plus may stand for a space, and both alphabets of base64 count as one.
_FOLDED = str.maketrans(" -_", "++/")
_STANDARD = str.maketrans("-_", "+/")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{2,}")
_WORD = re.compile(r"[A-Za-z0-9+/_=-]*")
# What may hold the encoding of a secret of _SHORT characters, and how often it may be encoded.
_LONG_WORD = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_BASE32 = re.compile(r"(?:[A-Z2-7]{8})*[A-Z2-7]{0,7}")
# The numbers of bytes in a row: `68:75`, `68 75`, `0x68, 0x75`, `[104, 117]`.
_PAIRS = re.compile(r"(?:\b(?:0x)?[0-9A-Fa-f]{2}\b[:, -]{1,2}){5,}(?:0x)?[0-9A-Fa-f]{2}\b")
_DECIMALS = re.compile(r"(?:\b[0-9]{1,3},\s{0,2}){5,}[0-9]{1,3}\b")
_DEPTH = 3


class Secrets:
    """Grows while a run learns logins and tokens. There is no text form."""

    def __init__(self) -> None:
        self._long: Tuple[str, ...] = ()
        self._encoded: Tuple[str, ...] = ()
        self._short: Tuple[str, ...] = ()
        self._short_bytes: Tuple[bytes, ...] = ()
        self._parts: Set[str] = set()
        self._seen: Set[str] = set()
        self._lock = threading.Lock()

    def add(self, *secrets: str) -> None:
        """Know further secrets; an empty one is none."""
        with self._lock:
            for secret in secrets:
                if secret and secret not in self._seen:
                    self._seen.add(secret)
                    self._add(secret)

    def blank(self, text: str) -> str:
        """A text of our own, with every secret of at least 6 characters replaced by `***`."""
        return self._without(text, set())

    def foreign(self, text: str) -> str:
        """A text of others without secrets and long parts of them; withheld as a whole if it holds a short one."""
        shown = text[:MAX_FOREIGN]
        if self._short and self._has_short(shown):
            return WITHHELD
        shown = self._without(shown, self._parts)
        # What was cut there may be the rest of a secret.
        return shown if len(text) <= MAX_FOREIGN else f"{shown[: MAX_FOREIGN // 4]}…"

    def _add(self, secret: str) -> None:
        plain = tuple(dict.fromkeys(view for view, _ in _views(secret)))
        contents = tuple(dict.fromkeys((_bytes(secret), secret.encode("latin-1", "replace"))))
        if len(secret) < _SHORT:
            # The part of a base64 value that a short secret alone decides would be in many words: these are decoded.
            self._short_bytes += contents
            self._short += (*plain, *(content.hex() for content in contents))
            self._short += tuple(_folded(base64.b64encode(content).decode("ascii").rstrip("=")) for content in contents)
            return
        encoded = []
        for content in contents:
            encoded += [_folded(core) for core in _cores(content)]
            self._long += (content.hex(),)
        self._long += plain
        self._encoded += tuple(encoded)
        for form in (*plain, *encoded):
            self._parts.update(form[at : at + _PART] for at in range(len(form) - _PART + 1))

    def _without(self, text: str, parts: Set[str]) -> str:
        spans: List[Tuple[int, int]] = []
        for view, starts in _views(text):
            found = [*_all(view, self._long)]
            if parts:
                found += [(at, at + _PART) for at in range(len(view) - _PART + 1) if view[at : at + _PART] in parts]
            spans += [(starts[start], starts[end]) for start, end in found]
            # Of a longer base64 value, the characters around those that the secret alone decides are its as well.
            spans += [_word(text, starts[start], starts[end]) for start, end in _all(view, self._encoded)]
        for view, starts in unfolded(text):
            for begin, end, contents in _encoded(view):
                if any(self._holds(content, parts) for content in contents):
                    spans.append(_word(text, starts[begin], starts[end]))
        if not spans:
            return text
        pieces: List[str] = []
        end = 0
        for start, until in sorted(spans):
            if start > end or not pieces:
                pieces += [text[end:start], BLANK]
            end = max(end, until)
        return "".join((*pieces, text[end:]))

    def _holds(self, content: str, parts: Set[str], depth: int = _DEPTH) -> bool:
        """Whether what was encoded shows a secret, or encodes one again."""
        for view, _ in _views(content):
            if any(form in view for form in (*self._long, *self._encoded)):
                return True
            if parts and any(view[at : at + _PART] in parts for at in range(len(view) - _PART + 1)):
                return True
        return depth > 1 and any(self._holds(inner, parts, depth - 1) for inner in _inside(content))

    def _has_short(self, text: str) -> bool:
        """Whether a text shows or encodes a short secret, or a word of it encodes what encodes one."""
        texts = [text]
        for _ in range(_DEPTH):
            for each in texts:
                if any(short in view for view, _ in _views(each) for short in self._short):
                    return True
                if any(short in content for content in _decoded(each) for short in self._short_bytes):
                    return True
            texts = [content for each in texts for content in _inside(each)]
        return False


def _inside(text: str) -> Iterator[str]:
    """What a text encodes, in each reading of it."""
    for read, _ in unfolded(text):
        for _, _, contents in _encoded(read):
            yield from contents


def _encoded(text: str) -> Iterator[Tuple[int, int, Sequence[str]]]:
    """(start, end, what it may encode, as Latin-1) of each part of a text that may be the encoding of bytes."""
    for word in _LONG_WORD.finditer(text):
        yield word.start(), word.end(), [*map(_latin1, _contents(word[0]))]
    for pairs in _PAIRS.finditer(text):
        yield pairs.start(), pairs.end(), [_latin1(bytes.fromhex(re.sub("0x|[:, -]", "", pairs[0])))]
    for numbers in _DECIMALS.finditer(text):
        every = [int(number) for number in numbers[0].split(",")]
        yield numbers.start(), numbers.end(), [_latin1(bytes(number & 0xFF for number in every))]


def _contents(word: str) -> Iterator[bytes]:
    """What a word encodes, from each of the places where a character may begin."""
    standard = word.translate(_STANDARD)
    for begin in range(4):
        part = standard[begin:]
        part = part[:-1] if len(part) % 4 == 1 else part
        yield base64.b64decode(part + "=" * (-len(part) % 4))
    for begin in range(2):
        digits = _HEXADECIMAL.match(word, begin)
        if digits:
            yield bytes.fromhex(digits[0])
    letters = _BASE32.match(word)
    if letters and letters[0]:
        # Five bits each; what is no whole byte at the end is nothing.
        whole = letters[0][: len(letters[0]) - (1 if len(letters[0]) % 8 in (1, 3, 6) else 0)]
        yield base64.b32decode(whole + "=" * (-len(whole) % 8))


def _latin1(content: bytes) -> str:
    """Each byte as a character."""
    return content.decode("latin-1")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _folded(text: str) -> str:
    """For comparison: of the same length, without what encodings change."""
    return "".join(one.lower() if one.isascii() else one for one in text).translate(_FOLDED)


def _cores(content: bytes) -> Iterator[str]:
    """The base64 characters that `content` alone decides, for each of its three positions in a longer value."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + content).decode("ascii").rstrip("=")
        begin = (8 * before + 5) // 6
        yield whole[begin : 8 * (before + len(content)) // 6]


def _decoded(text: str) -> Iterator[bytes]:
    """What the words of a text hold if they are base64, or end in it."""
    for read, _ in unfolded(text):
        for word in _BASE64.findall(read):
            word = word.translate(_STANDARD)
            for begin in range(4):
                part = word[begin:]
                if len(part) > 1:
                    part = part[:-1] if len(part) % 4 == 1 else part
                    yield base64.b64decode(part + "=" * (-len(part) % 4))


def _views(text: str) -> Iterator[View]:
    """The views of a text, folded for comparison."""
    for read, starts in unfolded(text):
        yield _folded(read), starts


def _all(text: str, forms: Sequence[str]) -> Iterator[Tuple[int, int]]:
    """Where any of the forms is."""
    for form in forms:
        at = text.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + 1)


def _word(text: str, start: int, end: int) -> Tuple[int, int]:
    """The part of a text, with the characters of base64 on both sides."""
    while start > 0 and _WORD.fullmatch(text[start - 1]):
        start -= 1
    match = _WORD.match(text, end)
    return start, match.end() if match else end
