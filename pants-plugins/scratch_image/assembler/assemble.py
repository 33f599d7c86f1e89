"""Writes a layer in one pass: tar → SHA-256 (diff_id) → compressor → SHA-256 (digest) → file."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Iterable, Iterator, List, TypeVar, Union

from scratch_image.assembler import compressors
from scratch_image.assembler.hashed_source import HashedSource
from scratch_image.assembler.plan import FileHashes, LayerFacts, LayerPlan
from scratch_image.oci import tar
from scratch_image.oci.digest import Digest

if TYPE_CHECKING:
    from hashlib import _Hash

Bytes = TypeVar("Bytes", bound=Union[bytes, memoryview])


def write_layer(plan: LayerPlan, source_root: str, layout: str, workers: int) -> LayerFacts:
    """Writes the layer to `<layout>/blobs/sha256/<digest>` and returns what it wrote.

    `source_root` is the directory of the plan's contents. Memory does not grow with the files. The blob exists only once it
    is complete. Raises WrongLibrary, tar.ContentChanged, OSError.
    """
    compressed = plan.compression.name != "none"
    if compressed:
        compressors.require(plan.compression.name)
    entries = tar.with_parents(plan.entries)
    unpacked_size = tar.archive_size(entries)

    files: List[FileHashes] = []

    def open_content(entry: tar.FileEntry) -> tar.Source:
        source = open(f"{source_root}/{entry.content}", "rb", buffering=0)  # noqa: SIM115
        return HashedSource(source, entry, files) if plan.hashes else source

    diff_id = digest = hashlib.sha256()
    chunks: Iterator[Union[bytes, memoryview]]
    chunks = pieces = _hashed(diff_id, tar.blocks(entries, open_content, compressors.MEMBER))
    if compressed:
        digest = hashlib.sha256()
        chunks = _hashed(digest, compressors.compress(pieces, unpacked_size, plan.compression, workers))
    temporary = os.path.join(layout, "blobs", "sha256", ".writing")
    size = _write(temporary, chunks)
    facts = LayerFacts(
        digest=Digest(digest.hexdigest()),
        size=size,
        diff_id=Digest(diff_id.hexdigest()),
        unpacked_size=unpacked_size,
        recipe=plan.compression.recipe,
        files=tuple(files),
    )
    os.rename(temporary, os.path.join(layout, facts.digest.blob_path))
    return facts


def _hashed(hasher: _Hash, pieces: Iterable[Bytes]) -> Iterator[Bytes]:
    for piece in pieces:
        hasher.update(piece)
        yield piece


def _write(path: str, chunks: Iterable[Union[bytes, memoryview]]) -> int:
    """Writes the chunks to a new file and returns their size in bytes."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        return sum(map(file.write, chunks))
