"""The compressors whose output is part of a digest: recipes `gzip.1` and `zstd.1`.

gzip.1: every MEMBER bytes of input are a gzip member of their own (RFC 1952, section 2.2), compressed by libdeflate, with a
header that names no time, no file and no system.
zstd.1: one frame by libzstd 1.5.7, streamed by one thread, its content size declared, no checksum.

The output of neither library depends on the CPU, as that of zlib and igzip does. No library promises the same bytes from
two versions, so both are pinned, and `self_test` rejects others.
"""

from __future__ import annotations

import hashlib
import struct
import sys
import zlib
from collections import deque
from typing import Callable, Deque, Iterable, Iterator, Set

from scratch_image.oci.compression import Compression

MEMBER = 1 << 20
# Members waiting per pool: enough to keep workers busy, few enough to keep memory flat.
_QUEUED = 2
# ID1 ID2 CM=deflate FLG=0 MTIME=0 XFL=0 OS=255 "unknown" (RFC 1952, section 2.3).
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_SELF_TEST = {
    "gzip": "553eeb12297daded80d90a249c3b9e5e8dae9a955d99b08af1df922cde44fa6d",
    "zstd": "be7893acd91959a0b22aebb6b23fe66f6c226831054064d7629742b362d68864",
}
NAMES = tuple(_SELF_TEST)
_passed: Set[str] = set()


class WrongLibrary(Exception):
    """A compression library is missing, or writes bytes that differ from the recipe's."""


def compress(pieces: Iterable[memoryview], size: int, compression: Compression, workers: int) -> Iterator[bytes]:
    """Yields the compressed bytes of `pieces`, which hold `size` bytes: MEMBER each, but for the last.

    `workers`, the number of threads or processes at work, does not change the bytes.
    """
    assert compression.level is not None, "'none' compresses nothing"
    if compression.name == "zstd":
        return _zstd(pieces, size, compression.level)
    if workers > 1:
        return _gzip_parallel(pieces, compression.level, workers)
    return (gzip_member(piece, compression.level) for piece in pieces)


def require(name: str) -> None:
    """Raises WrongLibrary unless `self_test` has passed, in this process or in the worker that it is a fork of."""
    if name not in _passed:
        self_test(name)
        _passed.add(name)


def self_test(name: str) -> None:
    """Compresses a built-in vector with `name`; raises WrongLibrary unless that gives the bytes of the recipe."""
    vector = _vector()
    compression = Compression.parse(name)
    try:
        digest = hashlib.sha256(b"".join(compress([memoryview(vector)], len(vector), compression, 1))).hexdigest()
    except ImportError as error:
        raise WrongLibrary(f"the compression library of {name} cannot be loaded: {error}") from error
    if digest != _SELF_TEST[name]:
        raise WrongLibrary(
            f"{_library(name)} does not write the bytes of the recipe {compression.recipe}: the built-in test has the "
            f"digest {digest}, not {_SELF_TEST[name]}. Every layer would differ from the same layer elsewhere."
        )


def gzip_member(piece: memoryview, level: int) -> bytes:
    """One gzip member: header, deflate stream, CRC-32 and size (RFC 1952, section 2.3)."""
    import deflate

    trailer = struct.pack("<II", zlib.crc32(piece), len(piece))
    return b"".join((_GZIP_HEADER, deflate.deflate_compress(piece, level), trailer))


def _zstd(pieces: Iterable[memoryview], size: int, level: int) -> Iterator[bytes]:
    import zstandard

    parameters = zstandard.ZstdCompressionParameters.from_level(
        level, source_size=size, write_content_size=1, write_checksum=0, write_dict_id=0, threads=0
    )
    # Streamed, with the size declared: one-shot compression gives other bytes.
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj(size=size)
    for piece in pieces:
        yield stream.compress(piece)
    yield stream.flush()


def _gzip_parallel(pieces: Iterable[memoryview], level: int, workers: int) -> Iterator[bytes]:
    from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

    # Before Python 3.11, `deflate` holds the global lock while it compresses.
    pool: Callable[[int], Executor] = ThreadPoolExecutor if sys.version_info >= (3, 11) else ProcessPoolExecutor
    with pool(workers) as executor:
        results: Deque[Future[bytes]] = deque()
        for piece in pieces:
            # A copy: the next piece overwrites this one.
            results.append(executor.submit(_member_of, bytes(piece), level))
            if len(results) >= workers + _QUEUED:
                yield results.popleft().result()
        while results:
            yield results.popleft().result()


def _member_of(piece: bytes, level: int) -> bytes:
    return gzip_member(memoryview(piece), level)


def _vector() -> bytes:
    """64 KiB: noise, a run, and words in an order that repeats in part, so that a match finder has much to choose from."""
    noise = hashlib.shake_128(b"scratch_image").digest(9000)
    letters = noise[:512].hex().encode()
    words = [letters[start * 15 : start * 15 + 3 + start % 9] for start in range(64)]
    text = b"".join([words[byte & 63] for byte in noise])
    return (noise[:4096] + bytes(512) + text)[: 1 << 16]


def _library(name: str) -> str:
    if name == "gzip":
        import deflate

        return f"deflate {deflate.__version__}"
    import zstandard

    return f"zstandard {zstandard.__version__} with libzstd {'.'.join(map(str, zstandard.ZSTD_VERSION))}"
