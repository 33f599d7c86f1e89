"""The tar archive of a layer: recipe `tar.1`.

Every rule decides bytes, so a change of any raises the recipe:
1. Entries are sorted by the bytes of their path, component by component: a directory comes before what is in it.
2. Every parent directory is written once; one that was not asked for is `0755 0:0`.
3. Names are relative, without `./`; a directory's ends in `/`.
4. A header is ustar (POSIX.1-1988). Only what ustar cannot express goes in a PAX header (POSIX.1-2001) before it.
5. mtime is 0, uname and gname are empty, device numbers 0. Of the machine only a file's content is read.
6. The archive ends in two zero blocks and is padded with zeros to a multiple of 10,240 bytes.
"""

from __future__ import annotations

import io
from typing import Callable, Dict, Iterable, Iterator, NamedTuple, Tuple, Union

BLOCK = 512
RECORD = 10_240
_MAX_ID = 0o7777777
_MAX_SIZE = 0o77777777777
_ROOT_MODE = 0o755


class DirectoryEntry(NamedTuple):
    """`path` is relative, with `/` between components; `mode` holds permission bits only."""

    path: str
    mode: int = _ROOT_MODE
    uid: int = 0
    gid: int = 0


class FileEntry(NamedTuple):
    """`content` names the bytes for whoever opens them and is not written; `size` is their number. `capability` is the
    value of the extended attribute `security.capability`, or empty."""

    path: str
    content: str
    size: int
    mode: int
    uid: int = 0
    gid: int = 0
    capability: bytes = b""


class SymlinkEntry(NamedTuple):
    """A symbolic link to `target`, which may be absolute."""

    path: str
    target: str
    uid: int = 0
    gid: int = 0

    @property
    def mode(self) -> int:
        """0777: no system uses it."""
        return 0o777


Entry = Union[DirectoryEntry, FileEntry, SymlinkEntry]
Source = Union[io.RawIOBase, io.BufferedIOBase]
OpenContent = Callable[[FileEntry], Source]


class ContentChanged(Exception):
    """A file does not have the size of its entry."""


def with_parents(entries: Iterable[Entry]) -> Tuple[Entry, ...]:
    """The entries in the order of the archive, with missing parent directories. Raises ValueError for two of one path."""
    by_path: Dict[str, Entry] = {}
    for entry in entries:
        if by_path.setdefault(entry.path, entry) is not entry:
            raise ValueError(f"two entries for {entry.path!r}")
    for path in list(by_path):
        while "/" in path:
            path = path.rpartition("/")[0]
            by_path.setdefault(path, DirectoryEntry(path))
    return tuple(sorted(by_path.values(), key=lambda entry: entry.path.encode("utf-8").split(b"/")))


def archive_size(entries: Iterable[Entry]) -> int:
    """Bytes of the archive of exactly these entries."""
    total = 2 * BLOCK
    for entry in entries:
        total += _headers_size(entry)
        if isinstance(entry, FileEntry):
            total += entry.size + _padding(entry.size, BLOCK)
    return total + _padding(total, RECORD)


def blocks(entries: Iterable[Entry], open_content: OpenContent, size: int) -> Iterator[memoryview]:
    """Yields the archive in pieces of exactly `size` bytes; the last one may be shorter.

    A piece is valid until the next one: its memory is used again. Raises ContentChanged.
    """
    buffer = memoryview(bytearray(size))
    used = 0
    for part in _parts(entries):
        if isinstance(part, bytes):
            done = 0
            while done < len(part):
                count = min(len(part) - done, size - used)
                buffer[used : used + count] = part[done : done + count]
                used += count
                done += count
                if used == size:
                    yield buffer
                    used = 0
            continue
        left = part.size
        with open_content(part) as source:
            while left:
                count = source.readinto(buffer[used : used + min(left, size - used)])
                if not count:
                    raise ContentChanged(f"{part.path!r} is {left} bytes too short")
                used += count
                left -= count
                if used == size:
                    yield buffer
                    used = 0
            if source.read(1):
                raise ContentChanged(f"{part.path!r} is longer than {part.size} bytes")
    if used:
        yield buffer[:used]


def _parts(entries: Iterable[Entry]) -> Iterator[Union[bytes, FileEntry]]:
    """The archive in order: bytes, and in the place of a file's content its entry."""
    written = padding = 0
    for entry in entries:
        before = bytes(padding) + _headers(entry)
        yield before
        written += len(before)
        padding = 0
        if isinstance(entry, FileEntry):
            yield entry
            written += entry.size
            padding = _padding(entry.size, BLOCK)
    end = padding + 2 * BLOCK
    yield bytes(end + _padding(written + end, RECORD))


def _padding(size: int, multiple: int) -> int:
    return -size % multiple


def _headers(entry: Entry) -> bytes:
    kind = b"0" if isinstance(entry, FileEntry) else b"5" if isinstance(entry, DirectoryEntry) else b"2"
    prefix, name, link, records = _fields(entry)
    uid = 0 if "uid" in records else entry.uid
    gid = 0 if "gid" in records else entry.gid
    size = entry.size if isinstance(entry, FileEntry) and "size" not in records else 0
    header = _ustar(name, prefix, entry.mode, uid, gid, size, kind, link)
    return _pax(records) + header if records else header


def _headers_size(entry: Entry) -> int:
    records = _fields(entry)[3]
    if not records:
        return BLOCK
    body = len(_pax_body(records))
    return 2 * BLOCK + body + _padding(body, BLOCK)


def _fields(entry: Entry) -> Tuple[bytes, bytes, bytes, Dict[str, bytes]]:
    """(prefix, name, link target) of ustar, and the PAX records for what it cannot express."""
    records: Dict[str, bytes] = {}
    path = entry.path + "/" if isinstance(entry, DirectoryEntry) else entry.path
    prefix, name = _split_name(path)
    if not name:
        records["path"] = path.encode("utf-8")
        name = path.encode("ascii", "replace")[:100]
    link = b""
    if isinstance(entry, SymlinkEntry):
        link = entry.target.encode("ascii", "replace")[:100]
        if link.decode("ascii") != entry.target:
            records["linkpath"] = entry.target.encode("utf-8")
    if isinstance(entry, FileEntry):
        if entry.capability:
            records["SCHILY.xattr.security.capability"] = entry.capability
        if entry.size > _MAX_SIZE:
            records["size"] = b"%d" % entry.size
    if entry.uid > _MAX_ID:
        records["uid"] = b"%d" % entry.uid
    if entry.gid > _MAX_ID:
        records["gid"] = b"%d" % entry.gid
    return prefix, name, link, records


def _split_name(name: str) -> Tuple[bytes, bytes]:
    """(prefix, name) of a ustar header, or an empty name if ustar cannot hold it: not ASCII, or too long."""
    if not name.isascii():
        return b"", b""
    encoded = name.encode("ascii")
    if len(encoded) <= 100:
        return b"", encoded
    # The slash between the two is not stored; the leftmost one that leaves a name of 100 bytes is taken.
    cut = encoded.find(b"/", len(encoded) - 101)
    if 0 < cut <= 155 and cut < len(encoded) - 1:
        return encoded[:cut], encoded[cut + 1 :]
    return b"", b""


def _pax(records: Dict[str, bytes]) -> bytes:
    body = _pax_body(records)
    header = _ustar(b"././@PaxHeader", b"", 0, 0, 0, len(body), b"x")
    return header + body + bytes(_padding(len(body), BLOCK))


def _pax_body(records: Dict[str, bytes]) -> bytes:
    return b"".join(_pax_record(key, records[key]) for key in sorted(records))


def _pax_record(key: str, value: bytes) -> bytes:
    """`<length> <key>=<value>\\n`, where the length counts its own digits (POSIX pax, "Extended Header")."""
    rest = b" " + key.encode("ascii") + b"=" + value + b"\n"
    length = len(rest) + len(str(len(rest)))
    length = len(rest) + len(str(length))
    return str(length).encode("ascii") + rest


_MAGIC = b"ustar\x0000"
_DEVICES = b"%07o\0" % 0 * 2
# The checksum is the sum of all bytes, its own eight taken as spaces. This part is the same in every header.
_SUM = sum(_MAGIC) + sum(_DEVICES) + 8 * 0x20


def _ustar(name: bytes, prefix: bytes, mode: int, uid: int, gid: int, size: int, kind: bytes, target: bytes = b"") -> bytes:
    numbers = b"%07o\0%07o\0%07o\0%011o\0%011o\0" % (mode, uid, gid, size, 0)
    checksum = _SUM + sum(name) + sum(numbers) + sum(kind) + sum(target) + sum(prefix)
    return b"".join(
        (
            name.ljust(100, b"\0"),
            numbers,
            b"%06o\0 " % checksum,
            kind,
            target.ljust(100, b"\0"),
            _MAGIC,
            bytes(64),
            _DEVICES,
            prefix.ljust(155, b"\0"),
            bytes(12),
        )
    )
