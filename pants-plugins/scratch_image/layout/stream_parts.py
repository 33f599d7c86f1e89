"""What a compressed stream is made of: the members of gzip (RFC 1952), the frames and blocks of zstd (RFC 8878).

Their headers have room for what no reader shows, and a stream of many that hold nothing costs time. Recipes `gzip.1` and
`zstd.1` write one kind of each.
"""

from __future__ import annotations

from typing import Dict

from scratch_image.oci.numbers import counted

# Bytes of the fixed part of a member's header.
GZIP_HEADER = 10
# Bytes that a part holds at least, on average; the tar header of an empty file has twice as many.
_PER_PART = 256
# Section 2.3.1; zlib refuses the other flags.
_FLAGS = {
    0x01: "a flag for text",
    0x02: "a checksum of a header",
    0x04: "an extra field",
    0x08: "a file name",
    0x10: "a comment",
}
_UNKNOWN_SYSTEM = 255


class Parts:
    """Counts the parts of one stream; `unpacked` are the bytes that they hold so far. `remarks` are what the recipes do not
    write, each once."""

    def __init__(self, free: int = 1 << 62) -> None:
        self._free, self._count = free, 0
        self.unpacked = 0
        self.remarks: Dict[str, None] = {}

    @property
    def too_many(self) -> str:
        """Why the stream is not read further, or nothing."""
        if self._count <= self._free + self.unpacked // _PER_PART:
            return ""
        return f"the stream has {counted(self._count, 'part')} for {counted(self.unpacked, 'byte')}; no more are read"

    def add(self) -> None:
        """A part."""
        self._count += 1

    def remark(self, text: str) -> None:
        """Something that the recipes do not write."""
        self.remarks[text] = None

    def gzip_member(self, header: bytes) -> None:
        """A member, by the fixed part of its header."""
        self.add()
        for flag, what in _FLAGS.items():
            if header[3] & flag:
                self.remark(what)
        if any(header[4:8]):
            self.remark("a time")
        if header[8]:
            self.remark("a hint on the compressor")
        if header[9] != _UNKNOWN_SYSTEM:
            self.remark("an operating system")
