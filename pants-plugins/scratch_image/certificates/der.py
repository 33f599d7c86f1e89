"""The dates of a certificate, from its DER (X.690; RFC 5280, section 4.1), without a library."""

from __future__ import annotations

import re
from typing import Tuple

_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_TIME = re.compile(rb"([0-9]{2,4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})Z")


def dates(der: bytes) -> Tuple[str, str]:
    """(notBefore, notAfter), RFC 3339 in UTC, of a Certificate. Raises ValueError."""
    certificate, _ = _element(der, _SEQUENCE)
    fields, _ = _element(certificate, _SEQUENCE)
    # Before the validity: the version, if it is not the first one, serial number, algorithm and issuer.
    for _ in range(4 if fields[:1] == bytes([_VERSION]) else 3):
        _, fields = _element(fields)
    validity, _ = _element(fields, _SEQUENCE)
    before, rest = _time(validity)
    return before, _time(rest)[0]


def _element(data: bytes, tag: int = -1) -> Tuple[bytes, bytes]:
    """(content of the first element, what follows it). Raises ValueError."""
    if len(data) < 2 or tag not in (-1, data[0]):
        raise ValueError("it is not a certificate")
    size, start = data[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    if start + size > len(data):
        raise ValueError("it ends early")
    return data[start : start + size], data[start + size :]


def _time(data: bytes) -> Tuple[str, bytes]:
    """Section 4.1.2.5: years of two digits are those from 1950 to 2049."""
    digits = {_UTC_TIME: 2, _GENERALIZED_TIME: 4}.get(data[0] if data else 0, 0)
    text, rest = _element(data)
    match = _TIME.fullmatch(text)
    if not match or len(match[1]) != digits:
        raise ValueError("it has a date in another form")
    year, *others = map(int, match.groups())
    if digits == 2:
        year += 2000 if year < 50 else 1900
    month, day, hour, minute, second = others
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", rest
