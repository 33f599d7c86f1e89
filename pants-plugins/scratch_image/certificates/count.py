"""The counting process: how many certificates are in files that an image holds, as programs read them.

`python -m scratch_image.certificates.count PATH…`. Out: one number per path, as a JSON list on stdout; or exit status 1
with a sentence on stderr. It uses the standard library only. What bundle.py refuses, programs skip: whatever is not a
block, and blocks that are damaged.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sys
from typing import List, Tuple

# What Go, OpenSSL and rustls all read: no headers before the base64 (RFC 7468), and boundaries on lines of their own.
_BLOCK = re.compile(
    rb"^-----BEGIN CERTIFICATE-----[ \t]*\r?\n([A-Za-z0-9+/=\s]+?)^-----END CERTIFICATE-----[ \t]*\r?$", re.MULTILINE
)


def count(content: bytes) -> int:
    """The number of certificates in PEM form: blocks that hold RFC 5280's SEQUENCE of two sequences and a bit string."""
    return sum(map(_is_certificate, _BLOCK.findall(content)))


def _is_certificate(text: bytes) -> bool:
    try:
        der = base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return False
    outer = _elements(der)
    return [tag for tag, _ in outer] == [0x30] and [tag for tag, _ in _elements(outer[0][1])] == [0x30, 0x30, 0x03]


def _elements(der: bytes) -> List[Tuple[int, bytes]]:
    """The tags and contents of elements in a row (X.690, 8.1); none if they do not fill the bytes exactly."""
    elements = []
    at = 0
    while at < len(der):
        head = der[at : at + 2]
        digits = head[1] & 0x7F if len(head) == 2 and head[1] & 0x80 else 0
        start = at + 2 + digits
        size = int.from_bytes(der[at + 2 : start], "big") if digits else head[-1]
        if len(head) < 2 or digits > 4 or start + size > len(der):
            return []
        elements.append((head[0], der[start : start + size]))
        at = start + size
    return elements


def main(args: List[str]) -> int:
    """Runs the process; returns its exit status."""
    counts = []
    for path in args:
        try:
            with open(path, "rb") as file:
                counts.append(count(file.read()))
        except OSError as error:
            print(f"a file could not be read: {error}", file=sys.stderr)
            return 1
    json.dump(counts, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
