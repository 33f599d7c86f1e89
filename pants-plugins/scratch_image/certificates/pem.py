"""The blocks of a PEM file (RFC 7468), each with its line, and the mistakes in it.

Other readers skip what they do not understand, so they silently lack a certificate with a damaged line. This one reports
it. By section 2 of the RFC, text outside of blocks means nothing, and a line ends with LF, CRLF or CR.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Iterator, List, Optional, Tuple, Union

_WIDTH = 64
_LABEL = rb"[!-,.-~]+(?:[- ][!-,.-~]+)*"
_BOUNDARY = re.compile(rb"-----(BEGIN|END) (" + _LABEL + rb")-----[ \t]*\Z")
# Lines that were meant as a boundary, and that other readers skip: indented, quoted, or with another number of dashes. A
# line after `#` is meant to be skipped.
_NEARLY = re.compile(rb"(?!\s*#)(?:.*-----(?:BEGIN|END)|[^A-Za-z0-9]*-- ?(?:BEGIN|END) [A-Z0-9 ]*CERTIFICATE)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")


@dataclass(frozen=True)
class Block:
    """What stands between two boundaries. `line` is the number of BEGIN, from 1; `body` has the lines after it."""

    label: str
    line: int
    body: Tuple[bytes, ...]


@dataclass(frozen=True)
class PemMistake:
    """A mistake in a file: `text` is the end of a sentence, `line` its number, from 1."""

    line: int
    text: str


def split(content: bytes) -> Iterator[Union[Block, PemMistake]]:
    """Yields the blocks of a file and the mistakes in its boundaries, in the order of lines."""
    begin: Optional[Tuple[int, str]] = None
    body: List[bytes] = []
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", content), start=1):
        boundary = _BOUNDARY.match(line)
        if boundary is None:
            if begin is not None:
                body.append(line)
            elif _NEARLY.match(line):
                yield PemMistake(number, "a block must begin and end exactly like -----BEGIN CERTIFICATE-----")
            continue
        kind, label = boundary[1], boundary[2].decode("ascii")
        if kind == b"BEGIN":
            if begin is not None:
                yield _unterminated(*begin)
            begin, body = (number, label), []
        elif begin is None:
            yield PemMistake(number, f"END {label} without a BEGIN before it")
        else:
            if begin[1] == label:
                yield Block(label, begin[0], tuple(body))
            else:
                yield PemMistake(number, f"END {label} ends a block that line {begin[0]} calls {begin[1]}")
            begin = None
    if begin is not None:
        yield _unterminated(*begin)


def decode(block: Block) -> Union[bytes, PemMistake]:
    """The bytes of a block, or what is wrong with its base64 (RFC 4648, section 4)."""
    pieces = []
    for number, line in enumerate(block.body, start=block.line + 1):
        piece = line.strip(b" \t")
        if _NOT_BASE64.search(piece):
            return PemMistake(number, "this line is not base64")
        pieces.append(piece)
    text = b"".join(pieces)
    if not text:
        return PemMistake(block.line, "this block is empty")
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        content = b""
    # Versions of Python differ in the padding that they accept; only one text encodes these bytes.
    if base64.b64encode(content) != text:
        return PemMistake(block.line, "the base64 of this block is damaged: characters are missing, or its end is wrong")
    return content


def encode(label: str, content: bytes) -> bytes:
    """One block in the strict form of RFC 7468, section 3: lines of 64 characters, ended by LF."""
    text = base64.b64encode(content).decode("ascii")
    lines = (text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode("ascii")


def _unterminated(line: int, label: str) -> PemMistake:
    return PemMistake(line, f"this block has no line -----END {label}-----")
