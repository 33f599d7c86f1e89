"""Pins down the streams of layers: what is unpacked, in which pieces, and that no stream may end early."""

from __future__ import annotations

import gzip
import struct

import pytest
import zstandard

from scratch_image.layout.limits import PIECE
from scratch_image.layout.unpack import Damaged, packing_of, unpack
from tests.support.layouts import program_archive

TEXT = b"".join(b"line %d\n" % number for number in range(60_000))
WINDOW = 128 << 20


def zstd(content, **parameters):
    chosen = zstandard.ZstdCompressionParameters.from_level(3, **parameters)
    return zstandard.ZstdCompressor(compression_params=chosen).compress(content)


def streamed(content):
    """A frame that does not say its size, in many blocks."""
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    pieces = [content[at : at + 999] for at in range(0, len(content), 999)]
    blocks = (packer.compress(piece) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for piece in pieces)
    return b"".join(blocks) + packer.flush()


def skippable(number, content):
    return struct.pack("<II", 0x184D2A50 + number, len(content)) + content


# name: streams that are whole themselves, and what all of them hold. The name begins with how they are packed.
GOOD = {
    "gzip": ([gzip.compress(TEXT)], TEXT),
    "gzip of nothing": ([gzip.compress(b"")], b""),
    "gzip of zeros": ([gzip.compress(bytes(5 * PIECE))], bytes(5 * PIECE)),
    "gzip, exactly one piece": ([gzip.compress(TEXT[:PIECE])], TEXT[:PIECE]),
    "gzip in members": ([gzip.compress(TEXT[at : at + 5000]) for at in range(0, len(TEXT), 5000)], TEXT),
    "zstd": ([zstd(TEXT)], TEXT),
    "zstd of nothing": ([zstd(b"")], b""),
    "zstd of zeros": ([zstd(bytes(5 * PIECE))], bytes(5 * PIECE)),
    "zstd with checksum": ([zstd(TEXT, write_checksum=1)], TEXT),
    "zstd without size": ([zstd(TEXT, write_content_size=0)], TEXT),
    "zstd in blocks": ([streamed(TEXT)], TEXT),
    "zstd in frames": ([zstd(TEXT[:70_000]), zstd(b""), streamed(TEXT[70_000:70_100]), zstd(TEXT[70_100:])], TEXT),
    "zstd with skippable frames": ([skippable(0, b""), zstd(TEXT), skippable(15, b"hello")], TEXT),
}


def unpacked(name, stream, size=PIECE):
    """Everything, with the stream in pieces of `size` bytes."""
    chunks = (stream[at : at + size] for at in range(0, len(stream), size))
    pieces = list(unpack(chunks, name[:4], WINDOW))
    assert all(0 < len(piece) <= PIECE for piece in pieces)
    return b"".join(pieces)


@pytest.mark.parametrize("name", GOOD)
def test_good_streams(name):
    parts, want = GOOD[name]
    stream = b"".join(parts)
    assert packing_of(stream[:512]) == name[:4]
    assert unpacked(name, stream) == want
    assert unpacked(name, stream, 7) == want


@pytest.mark.parametrize("name", GOOD)
def test_no_stream_may_end_early(name):
    parts, _ = GOOD[name]
    stream = b"".join(parts)
    ends = {sum(map(len, parts[:count])) for count in range(len(parts) + 1)}
    cuts = {*range(1, 20), *range(len(stream) - 20, len(stream)), *range(20, len(stream), len(stream) // 40 + 1)}
    cuts |= {end + step for end in ends for step in (-1, 1, 4, 5)}
    for cut in sorted(cut for cut in cuts - ends if 0 < cut < len(stream)):
        with pytest.raises(Damaged):
            unpacked(name, stream[:cut])


@pytest.mark.parametrize("name", GOOD)
def test_nothing_may_be_behind_a_stream(name):
    stream = b"".join(GOOD[name][0])
    for rest in (b"\0", b"hello", b"\x28\xb5\x2f", stream[:7]):
        with pytest.raises(Damaged):
            unpacked(name, stream + rest)


def test_the_first_bytes_tell_how_it_is_packed():
    assert packing_of(b"\x1f") == packing_of(b"\x28\xb5") == packing_of(b"") == packing_of(b"ustar") == "unknown"
    assert packing_of(program_archive()[:512]) == packing_of(bytes(512)) == "none"
    assert packing_of(program_archive()[:511]) == "unknown"
