"""One 512-byte header and one extended header of a tar archive, as bytes become values (POSIX.1-2001, pax, "ustar
Interchange Format" and "pax Extended Header").

What GNU tar and older programs write is read as well.
"""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Optional, Tuple

BLOCK = 512
# Type flags.
FILE, HARD_LINK, SYMLINK, DIRECTORY = b"0", b"1", b"2", b"5"
# Those without content, whatever their size says (archive/tar of Go and libarchive agree).
HEADER_ONLY = (HARD_LINK, SYMLINK, b"3", b"4", DIRECTORY, b"6")
_OCTAL = re.compile(rb" *([0-7]*)[ \0]*")
# Octal digits in the whole field, and the NUL that ends them.
_FORM = re.compile(rb"[0-7]{7}\0|[0-7]{11}\0")
_RECORD = re.compile(rb"([1-9][0-9]{0,7}) ")
_DECIMAL = re.compile(rb"-?[0-9]{1,20}(\.[0-9]{0,40})?")
# Remarks on a header that names its owner.
OWNER_NAMES = ("a uname", "a gname")


class BadArchive(Exception):
    """What follows this place of an archive cannot be read with certainty."""


class Entry(NamedTuple):
    """An entry as its header states it. `kind` is the type flag, one byte; `size` is in bytes, `mtime` in seconds since
    1970, None where it has a fraction. Numbers may be negative. `remarks` name what recipe `tar.1` would not have
    written. `capability` is the value of the extended attribute `security.capability`, empty if there is none;
    `device` are the numbers of a device, in octal, as the header has them: `10:0`."""

    name: bytes
    kind: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: Optional[int]
    target: bytes
    remarks: Tuple[str, ...]
    capability: bytes = b""
    device: str = ""


def parse_header(block: bytes) -> Entry:
    """A block that is not all zeros. Raises BadArchive where its checksum or a number in it is wrong."""
    remarks: List[str] = []
    claimed, _ = _number(block[148:156], "checksum")
    # The checksum is the sum of all bytes with its own eight taken as spaces.
    if claimed != sum(block) - sum(block[148:156]) + 8 * 0x20:
        raise BadArchive("the checksum of a header is wrong")
    places = (("mode", 100, 108), ("uid", 108, 116), ("gid", 116, 124), ("size", 124, 136), ("mtime", 136, 148))
    numbers: Dict[str, int] = {}
    for what, start, end in places:
        field = block[start:end]
        numbers[what], is_binary = _number(field, what)
        if is_binary:
            remarks.append(f"{what} in base-256")
        elif not _FORM.fullmatch(field):
            remarks.append(f"{what} in another form")
    if block[257:265] != b"ustar\x0000":
        remarks.append("the GNU format" if block[257:265] == b"ustar  \0" else "no ustar magic")
    has_prefix = block[257:263] == b"ustar\0"
    prefix = _text(block[345:500], "prefix", remarks) if has_prefix else b""
    name = _text(block[:100], "name", remarks)
    numbers_of_device = [
        _text(block[start : start + 8], "device number", []).strip(b" ").lstrip(b"0") for start in (329, 337)
    ]
    if any(numbers_of_device):
        remarks.append("device numbers")
    device = ":".join((number or b"0").decode("ascii", "backslashreplace") for number in numbers_of_device)
    remarks += [
        f"a {what}" for what, start in (("uname", 265), ("gname", 297)) if _text(block[start : start + 32], what, remarks)
    ]
    if any(block[500:512]) and has_prefix:
        remarks.append("bytes after the end of the header")
    kind, target = block[156:157], _text(block[157:257], "link target", remarks)
    if kind == b"\0":
        kind = FILE
        remarks.append("a type flag older than POSIX")
    name = prefix + b"/" + name if prefix else name
    return Entry(name=name, kind=kind, target=target, remarks=tuple(remarks), capability=b"", device=device, **numbers)


def _text(field: bytes, what: str, remarks: List[str]) -> bytes:
    text, _, rest = field.partition(b"\0")
    if rest.strip(b"\0"):
        remarks.append(f"bytes after the end of the {what}")
    return text


def _number(field: bytes, what: str) -> Tuple[int, bool]:
    """(the number, whether it is in GNU's base-256: its first bit is set, the rest is binary, in two's complement)"""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ~(1 << 8 * len(field) - 1)
        return (value - (1 << 8 * len(field) - 1) if field[0] & 0x40 else value), True
    match = _OCTAL.fullmatch(field)
    if not match:
        raise BadArchive(f"the {what} of a header is not an octal number")
    return int(match[1] or b"0", 8), False


def parse_records(body: bytes) -> Dict[str, bytes]:
    """The records of an extended header, `<length> <key>=<value>\\n`. Raises BadArchive where readers would disagree."""
    records: Dict[str, bytes] = {}
    at = 0
    while at < len(body):
        match = _RECORD.match(body, at)
        end = at + int(match[1]) if match else 0
        if not match or not match.end() < end <= len(body) or body[end - 1 : end] != b"\n":
            raise BadArchive(f"the extended header has no record at byte {at}")
        key, equals, value = body[match.end() : end - 1].partition(b"=")
        try:
            name = key.decode("utf-8")
        except UnicodeDecodeError:
            name = ""
        if not equals or not name:
            raise BadArchive(f"the record at byte {at} of the extended header has no key")
        if name in records:
            raise BadArchive(f"the extended header has two records of {name[:40]!r}")
        binary = name.startswith("SCHILY.xattr.")
        if (b"\0" in value and not binary) or not value:
            raise BadArchive(f"the record of {name[:40]!r} is empty or holds a NUL")
        records[name] = value
        at = end
    return records


def whole_number(value: bytes) -> Optional[int]:
    """The value of a record that is a number, or None where it has a fraction. Raises BadArchive where it is not a
    number."""
    match = _DECIMAL.fullmatch(value)
    if not match:
        raise BadArchive(f"expected a number in a record, got {value[:40]!r}")
    return None if match[1] is not None else int(value)
