"""Pins down the compressed streams: other programs read them, they hold nothing of the machine, no number of workers
changes them, and a library that writes other bytes is refused."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import zlib

import deflate
import pytest
import zstandard

from scratch_image.assembler.compressors import MEMBER, WrongLibrary, compress, self_test
from scratch_image.oci.compression import Compression
from tests.support.tools import require


def sample(size):
    """Half noise, half text: both what can and what cannot be compressed."""
    noise = random.Random(size).getrandbits(8 * 65536).to_bytes(65536, "big")
    text = b"".join(b"%d bottles on the wall, " % number for number in range(3000))
    return ((noise + text) * (size // 100_000 + 1))[:size]


def compressed(content, text, workers=1):
    """The compressed content, from pieces whose memory is used again, as `tar.blocks` gives them."""
    return b"".join(compress(pieces(content), len(content), Compression.parse(text), workers))


def pieces(content):
    memory = bytearray(MEMBER)
    for start in range(0, len(content), MEMBER):
        piece = content[start : start + MEMBER]
        memory[: len(piece)] = piece
        yield memoryview(memory)[: len(piece)]


def gzip_members(stream):
    """(header, content) of each member, by zlib."""
    while stream:
        reader = zlib.decompressobj(wbits=31)
        content = reader.decompress(stream)
        assert reader.eof
        yield stream[:10], content
        stream = reader.unused_data


@pytest.mark.parametrize(
    "text, size", [("gzip", 1), ("gzip", MEMBER), ("gzip", MEMBER + 1), ("gzip:1", 10240), ("gzip:12", 100_000)]
)
def test_python_reads_gzip(text, size):
    assert gzip.decompress(compressed(sample(size), text)) == sample(size)


@pytest.mark.parametrize("workers", [1, 3])
def test_gzip_members(workers):
    """A member per MEMBER of input, in its order, with a header that names no time, no file and no system."""
    content = sample(2 * MEMBER + 10240)
    members = list(gzip_members(compressed(content, "gzip", workers)))
    assert [header for header, _ in members] == [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"] * 3
    assert [part for _, part in members] == [content[:MEMBER], content[MEMBER : 2 * MEMBER], content[2 * MEMBER :]]


@pytest.mark.parametrize(
    "text, size", [("zstd", 1), ("zstd", MEMBER), ("zstd", MEMBER + 1), ("zstd:1", 10240), ("zstd:22", 100_000)]
)
def test_the_library_reads_zstd(text, size):
    stream = compressed(sample(size), text)
    assert zstandard.ZstdDecompressor().decompress(stream) == sample(size)
    parameters = zstandard.get_frame_parameters(stream)
    assert (parameters.content_size, parameters.has_checksum, parameters.dict_id) == (size, False, 0)


@pytest.mark.parametrize("program, text", [("gzip", "gzip"), ("zstd", "zstd")])
def test_programs_read_it(program, text):
    content = sample(2 * MEMBER + 10240)
    command = [require(program), "-d", "-c"]
    result = subprocess.run(command, input=compressed(content, text), stdout=subprocess.PIPE, check=True)
    assert result.stdout == content


@pytest.mark.parametrize("text", ["gzip:1", "zstd"])
def test_the_number_of_workers_decides_nothing(text):
    content = sample(6 * MEMBER + 10240)
    assert len({compressed(content, text, workers) for workers in (1, 2, 3, 5)}) == 1


@pytest.mark.parametrize("name, highest", [("gzip", 12), ("zstd", 22)])
def test_a_higher_level_is_smaller(name, highest):
    """Levels reach the library: they are not read and then forgotten."""
    sizes = [len(compressed(sample(200_000), f"{name}:{level}")) for level in (1, highest)]
    assert sizes[0] > sizes[1]


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_self_test_accepts_the_pinned_libraries(name):
    assert self_test(name) is None


def other_deflate(piece, level):
    return zlib.compress(bytes(piece), 9)[2:-4]


def test_another_deflate_is_named(monkeypatch):
    """It writes a correct stream: only its bytes are others."""
    monkeypatch.setattr(deflate, "deflate_compress", other_deflate)
    assert gzip.decompress(compressed(b"still correct", "gzip")) == b"still correct"
    with pytest.raises(WrongLibrary) as error:
        self_test("gzip")
    assert f"deflate {deflate.__version__}" in str(error.value)
    assert "tar.1+gzip.1" in str(error.value)


def test_another_zstandard_is_named(monkeypatch):
    original = zstandard.ZstdCompressor
    monkeypatch.setattr(zstandard, "ZstdCompressor", lambda **_: original(level=1))
    with pytest.raises(WrongLibrary) as error:
        self_test("zstd")
    assert f"zstandard {zstandard.__version__} with libzstd 1.5.7" in str(error.value)


@pytest.mark.parametrize("name, module", [("gzip", "deflate"), ("zstd", "zstandard")])
def test_a_missing_library_is_named(monkeypatch, name, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(WrongLibrary) as error:
        self_test(name)
    assert module in str(error.value)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_the_source_comes_through(workers):
    """Also when it comes while workers are busy: they do not hang."""

    def breaking():
        yield from pieces(sample(3 * MEMBER))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(compress(breaking(), 10 * MEMBER, Compression("gzip", 1), workers))


def test_few_members_are_in_memory_at_a_time():
    """Members wait for the slowest of them: without a bound, a fast source would put a whole file into the queue."""
    given = []

    def counted():
        for piece in pieces(bytes(32 * MEMBER)):
            given.append(len(piece))
            yield piece

    taken = 0
    for _ in compress(counted(), 32 * MEMBER, Compression("gzip", 1), 2):
        assert len(given) - taken <= 8
        taken += 1
    assert taken == 32
