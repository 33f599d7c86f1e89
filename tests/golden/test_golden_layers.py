"""Pins the bytes of layers, once: everything else about them is tested by what they mean.

To renew: run this file; the assertions show the actual values. Other bytes for the same plan give every image a new
digest, so doing so means raising the recipe of the step that changed, in `oci/compression.py`: `tar.1` where the digest of
the archive changed, `gzip.1` or `zstd.1` where only the digest of the compressed layer did.
"""

from __future__ import annotations

import hashlib
import os

import pytest

from scratch_image.assembler.assemble import write_layer
from scratch_image.assembler.plan import LayerPlan
from scratch_image.oci.compression import Compression
from scratch_image.oci.tar import DirectoryEntry, FileEntry

# What a layer can hold: names in one field, in two, in PAX; files that are empty, odd in size, larger than a gzip member.
ENTRIES = (
    FileEntry("usr/local/bin/hello", "program", 1_500_001, 0o755),
    FileEntry("etc/passwd", "text", 77, 0o644),
    FileEntry("empty", "empty", 0, 0o600, 65532, 65532),
    FileEntry(f"{'p' * 90}/{'n' * 90}", "text", 77, 0o644),
    FileEntry("n" * 120, "empty", 0, 0o644),
    FileEntry("grüße.txt", "text", 77, 0o644, 3_000_000, 4_000_000),
    DirectoryEntry("tmp", 0o1777),
    DirectoryEntry("home/nonroot", 0o700, 65532, 65532),
)
ARCHIVE = "80ce7d18abd52458e512734298fc73efd419acd8109d6f2576c297836af407fa"
ARCHIVE_SIZE = 1_515_520
BLOBS = [
    # compression, recipe, SHA-256, size
    ("none", "tar.1", ARCHIVE, ARCHIVE_SIZE),
    ("gzip", "tar.1+gzip.1", "946c1702b92f257ac8076cf885a69002d6f4878dc46ebbfed7cb138c72267e47", 495_969),
    ("gzip:9", "tar.1+gzip.1:9", "a212237fdcac84f83c10b493da6f32194d567214e69a02e71a4f8dd4e434a178", 464_413),
    ("zstd", "tar.1+zstd.1", "0319cde9e015adb3c83c7a5838d110c2d5f02fce7f6bb48674b91045f814ddf0", 407_342),
    ("zstd:9", "tar.1+zstd.1:9", "126c0ff96df8b662d510e589d1cc6bdfb29a2622233df561d98b66ee3f4b706e", 404_732),
]


def write_contents(directory):
    """Bytes that a compressor has to work on: noise, text that repeats, and runs."""
    noise = hashlib.shake_128(b"golden").digest(400_000)
    text = b"".join(b"line %d of a program\n" % (number % 5003) for number in range(40_000))
    program = noise + text + bytes(200_000) + noise[::-1]
    (directory / "program").write_bytes(program[:1_500_001])
    (directory / "text").write_bytes(text[:77])
    (directory / "empty").write_bytes(b"")


@pytest.mark.parametrize("compression, recipe, sha256, size", BLOBS)
def test_layer(tmp_path, compression, recipe, sha256, size):
    write_contents(tmp_path)
    facts = write_layer(LayerPlan(ENTRIES, Compression.parse(compression)), str(tmp_path), str(tmp_path), 1)
    assert (facts.diff_id.hex, facts.unpacked_size) == (ARCHIVE, ARCHIVE_SIZE), f"{facts.diff_id.hex} {facts.unpacked_size}"
    actual = (compression, facts.recipe, facts.digest.hex, facts.size)
    assert actual == (compression, recipe, sha256, size), str(actual)
    with open(os.path.join(str(tmp_path), facts.digest.blob_path), "rb") as file:
        assert hashlib.sha256(file.read()).hexdigest() == sha256
