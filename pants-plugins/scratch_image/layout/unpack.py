"""From a layer's blob to its tar archive: gzip (RFC 1952) with the standard library, zstd (RFC 8878) where `zstandard` is.

Everything is a stream of pieces of at most PIECE bytes. The libraries need not be those that wrote the layer.
"""

from __future__ import annotations

import zlib
from typing import Iterator, Optional

from scratch_image.layout.limits import PIECE
from scratch_image.layout.stream_parts import GZIP_HEADER, Parts
from scratch_image.layout.zstd_frames import Frames

_MAGICS = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"
# Compressed bytes that are looked at before what they hold is counted.
_STEP = 16 << 10


class Damaged(Exception):
    """The stream is truncated, or is not in the format that its first bytes announce."""


class NoLibrary(Exception):
    """The library that unpacks the stream is not installed."""


def packing_of(head: bytes) -> str:
    """`gzip`, `zstd`, `none` (a tar archive, or zeros, as an empty one begins) or `unknown`, from the first 512 bytes."""
    for magic, name in _MAGICS:
        if head.startswith(magic):
            return name
    if head[1:4] == _ZSTD_SKIPPABLE and head[0] >> 4 == 5:
        return "zstd"
    is_tar = len(head) == 512 and (head[257:262] == b"ustar" or not any(head))
    return "none" if is_tar else "unknown"


def unpack(chunks: Iterator[bytes], packing: str, zstd_window: int, parts: Optional[Parts] = None) -> Iterator[bytes]:
    """The unpacked bytes; `zstd_window` is the largest window, in bytes. `parts` is told of what the stream is made of.
    Raises Damaged and NoLibrary as it goes."""
    parts = parts or Parts()
    if packing == "gzip":
        return _gzip(chunks, parts)
    return _zstd(chunks, zstd_window, parts) if packing == "zstd" else chunks


def _gzip(chunks: Iterator[bytes], parts: Parts) -> Iterator[bytes]:
    """RFC 1952, section 2.2: "a gzip file consists of a series of members"; nothing is between or after them."""
    reader, header = zlib.decompressobj(wbits=31), b""
    try:
        for chunk in chunks:
            while chunk:
                if reader.eof:
                    reader, header = zlib.decompressobj(wbits=31), b""
                if len(header) < GZIP_HEADER:
                    header += chunk[: GZIP_HEADER - len(header)]
                    if len(header) == GZIP_HEADER:
                        parts.gzip_member(header)
                # What does not fit into a piece stays in the reader, even when all input is consumed.
                full = True
                while full and not reader.eof:
                    piece = reader.decompress(chunk, PIECE)
                    chunk, full = reader.unconsumed_tail, len(piece) == PIECE
                    if piece:
                        parts.unpacked += len(piece)
                        yield piece
                chunk = reader.unused_data
                if parts.too_many:
                    raise Damaged(parts.too_many)
    except zlib.error as error:
        raise Damaged(str(error)) from None
    if not reader.eof:
        raise Damaged("the data ends within a gzip member")


class _Source:
    """What zstandard reads from. zstandard accepts a stream that ends within a frame, so the frames are followed here."""

    def __init__(self, chunks: Iterator[bytes], parts: Parts) -> None:
        self._chunks, self._rest, self._parts = chunks, memoryview(b""), parts
        self.frames = Frames(parts)

    def read(self, size: int) -> bytes:
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        size = min(size, _STEP)
        taken, self._rest = bytes(self._rest[:size]), self._rest[size:]
        self.frames.feed(taken)
        if self._parts.too_many:
            raise Damaged(self._parts.too_many)
        return taken


def _zstd(chunks: Iterator[bytes], window: int, parts: Parts) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError as error:
        raise NoLibrary(
            f"the library zstandard, which unpacks zstd, cannot be loaded: {error}; "
            "install it with: pip install 'scratch-image-pants-plugin[validate]'"
        ) from None
    source = _Source(chunks, parts)
    decompressor = zstandard.ZstdDecompressor(max_window_size=window)
    with decompressor.stream_reader(source, read_size=PIECE, read_across_frames=True) as reader:
        try:
            for piece in iter(lambda: reader.read(PIECE), b""):
                parts.unpacked += len(piece)
                yield piece
        except zstandard.ZstdError as error:
            raise Damaged(str(error)) from None
    if source.frames.wrong:
        raise Damaged(source.frames.wrong)
    if not source.frames.at_end:
        raise Damaged("the data ends within a zstd frame")
