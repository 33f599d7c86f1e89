"""A tar archive read once, front to back: what its headers say together, and the content of each entry."""

from __future__ import annotations

from typing import Dict, Iterator, Optional, Tuple

from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems, shown
from scratch_image.layout.tar_header import (
    BLOCK,
    HEADER_ONLY,
    OWNER_NAMES,
    BadArchive,
    Entry,
    parse_header,
    parse_records,
    whole_number,
)
from scratch_image.oci.numbers import counted, digits

_PAX, _GLOBAL_PAX = b"x", b"g"
_GNU_NAME, _GNU_TARGET = b"L", b"K"
_CAPABILITY = "SCHILY.xattr.security.capability"
_NUMBERS = ("uid", "gid", "size", "mtime")
_NO_END = "the archive ends without two blocks of zeros"


class Stream:
    """Bytes, taken in the sizes that are asked for. `position` is the number of bytes that were taken."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, memoryview(b"")
        self.position = 0

    def pieces(self, count: int) -> Iterator[memoryview]:
        """The next `count` bytes, or fewer where the stream ends. A piece need not be kept."""
        while count:
            if not self._rest:
                self._rest = memoryview(next(self._chunks, b""))
                if not self._rest:
                    return
            piece, self._rest = self._rest[:count], self._rest[count:]
            count -= len(piece)
            self.position += len(piece)
            yield piece

    def take(self, count: int) -> bytes:
        """The next `count` bytes, or fewer, in one piece."""
        return b"".join(self.pieces(count))

    def skip(self, count: int) -> int:
        """Skips, and returns how many bytes there were."""
        return sum(map(len, self.pieces(count)))


class Headers:
    """What the headers of archives may still cost, of all that are given the same. Raises BadArchive if nothing is left."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._headers, self._records = limits, 0, 0

    def take(self) -> None:
        """A header."""
        self._headers += 1
        if self._headers > self._limits.headers:
            raise BadArchive(f"the archives have more than {counted(self._limits.headers, 'header')}")

    def take_records(self, body: bytes) -> None:
        """The records of an extended header, which are at least as many as its lines."""
        self._records += body.count(b"\n")
        if self._records > self._limits.records:
            raise BadArchive(f"the archives have more than {counted(self._limits.records, 'record')} in extended headers")


class Archive:
    """Iterates over the entries of a stream; between two of them, `content` gives the bytes of the first. `headers` counts
    those of several archives. Raises BadArchive."""

    def __init__(
        self, stream: Stream, where: str, problems: Problems, limits: Limits, headers: Optional[Headers] = None
    ) -> None:
        self._stream, self._where, self._problems, self._limits = stream, where, problems, limits
        self._headers = headers or Headers(limits)
        self._left = self._padding = 0

    def __iter__(self) -> Iterator[Entry]:
        count = 0
        while True:
            entry = self._entry()
            if entry is None:
                return
            count += 1
            if count > self._limits.entries:
                raise BadArchive(f"the archive has more than {digits(self._limits.entries)} entries")
            self._left = 0 if entry.kind in HEADER_ONLY else entry.size
            self._padding = -self._left % BLOCK
            yield entry
            self._skip(entry.name)

    @property
    def position(self) -> int:
        """The number of bytes of the archive that were read."""
        return self._stream.position

    def content(self) -> Iterator[memoryview]:
        """The rest of the content of the last entry; it ends early where the archive does."""
        for piece in self._stream.pieces(self._left):
            self._left -= len(piece)
            yield piece

    def _skip(self, name: bytes) -> None:
        there = self._stream.skip(self._left) == self._left
        padding = self._stream.take(self._padding)
        if not there or len(padding) < self._padding:
            raise BadArchive(f"the archive ends within {shown(name)}")
        self._check_padding(padding, name)

    def _check_padding(self, padding: bytes, name: bytes) -> None:
        """No reader shows what is there."""
        if any(padding):
            rule = f"what fills the last block of {shown(name)} is not zeros"
            self._problems.broken(self._where, "padding", "bytes", rule)

    def _entry(self) -> Optional[Entry]:
        """The next entry with all the headers that belong to it, or None at the end of the archive."""
        records: Dict[str, bytes] = {}
        long: Dict[bytes, bytes] = {}
        remarks: Tuple[str, ...] = ()
        while True:
            block = self._block(inside=bool(records or long))
            if block is None:
                return None
            self._headers.take()
            header = parse_header(block)
            # What names an owner in a header that describes another one has no meaning.
            is_own = header.kind not in (_PAX, _GLOBAL_PAX, _GNU_NAME, _GNU_TARGET)
            remarks += tuple(remark for remark in header.remarks if is_own or remark not in OWNER_NAMES)
            if header.kind == _PAX:
                if records:
                    raise BadArchive("an entry has two extended headers")
                body = self._body(header)
                self._headers.take_records(body)
                records = parse_records(body)
            elif header.kind == _GLOBAL_PAX:
                self._body(header)
                self._problems.broken(self._where, "global extended header", "a header", "recipe tar.1 does not write it")
            elif header.kind in (_GNU_NAME, _GNU_TARGET):
                if header.kind in long:
                    raise BadArchive("an entry has two long names")
                long[header.kind] = self._body(header).rstrip(b"\0")
                remarks += ("a long name in the GNU format",)
            else:
                return _merged(header, records, long, remarks)

    def _block(self, inside: bool) -> Optional[bytes]:
        """The next header block, or None at the two zero blocks, which only zeros may follow."""
        block = self._stream.take(BLOCK)
        if any(block) and len(block) == BLOCK:
            return block
        if len(block) < BLOCK:
            raise BadArchive("the archive ends within a header" if block else _NO_END)
        if inside:
            raise BadArchive("an extended header or long name has no entry")
        second = self._stream.take(BLOCK)
        if len(second) < BLOCK or any(second):
            raise BadArchive(_NO_END if len(second) < BLOCK else "a single block of zeros is between two entries")
        for rest in iter(lambda: self._stream.take(256 * BLOCK), b""):
            if rest.strip(b"\0"):
                raise BadArchive("the end of the archive is followed by something other than zeros")
        if self._stream.position % BLOCK:
            raise BadArchive(f"the size of the archive is not a multiple of {BLOCK}")
        return None

    def _body(self, header: Entry) -> bytes:
        if not 0 <= header.size <= self._limits.pax:
            limit = digits(self._limits.pax)
            raise BadArchive(f"an extended header or long name has {counted(header.size, 'byte')}; the limit is {limit}")
        body = self._stream.take(header.size)
        padding = self._stream.take(-header.size % BLOCK)
        if len(body) < header.size or len(padding) < -header.size % BLOCK:
            raise BadArchive("the archive ends within an extended header")
        self._check_padding(padding, header.name)
        return body


def _is_capability(value: bytes) -> bool:
    """Whether it is the value of `security.capability` in the form that recipe `tar.1` writes (vfs_cap_data, revision 2)."""
    return len(value) == 20 and int.from_bytes(value[:4], "little") & 0xFF000000 == 0x02000000


def _merged(header: Entry, records: Dict[str, bytes], long: Dict[bytes, bytes], remarks: Tuple[str, ...]) -> Entry:
    """An entry from its header, its long names in the GNU format, and its extended header, which takes precedence."""
    numbers: Dict[str, Optional[int]] = {name: getattr(header, name) for name in _NUMBERS}
    numbers.update((name, whole_number(records[name])) for name in _NUMBERS if name in records)
    uid, gid, size = numbers["uid"], numbers["gid"], numbers["size"]
    if uid is None or gid is None or size is None or size < 0:
        raise BadArchive(f"the size, uid or gid of {shown(header.name)} is negative or has a fraction")
    # Readers that know the records of GNU's sparse files see another file.
    others = sorted(set(records) - {"path", "linkpath", *_NUMBERS})
    if _is_capability(records.get(_CAPABILITY, b"")):
        others.remove(_CAPABILITY)
    remarks += tuple(f"a record of {name[:60]!r}" for name in others[:5])
    name, target = long.get(_GNU_NAME, header.name), long.get(_GNU_TARGET, header.target)
    if ("path" not in records and not name.isascii()) or ("linkpath" not in records and not target.isascii()):
        remarks += ("a name that is not ASCII, outside an extended header",)
    return header._replace(
        name=records.get("path", name),
        uid=uid,
        gid=gid,
        size=size,
        mtime=numbers["mtime"],
        target=records.get("linkpath", target),
        remarks=remarks,
        capability=records.get(_CAPABILITY, b""),
    )
