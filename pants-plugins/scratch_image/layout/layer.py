"""One layer's blob in one pass: SHA-256 → unpack → SHA-256 → tar, against the rules."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Container, Dict, Iterator, Optional, Tuple

from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems
from scratch_image.layout.store import Store
from scratch_image.layout.tar_archive import Archive, Stream
from scratch_image.layout.tar_header import BadArchive
from scratch_image.layout.tar_rules import LayerTree, Names
from scratch_image.layout.tree import Node
from scratch_image.layout.unpack import Damaged, NoLibrary, packing_of, unpack

_SNIFFED = 512


@dataclass(frozen=True)
class LayerBlob:
    """What a layer's blob is: `digest` and `diff_id`, that of the unpacked bytes, in hexadecimal digits; `packing` as
    `packing_of` names it; `size` and `unpacked` in bytes; `nodes` by relative path.

    `diff_id` is None where the blob could not be unpacked to its end, and then `unpacked` is 0. `whole` is whether all
    entries are in `nodes`."""

    digest: str
    size: int
    packing: str
    diff_id: Optional[str]
    unpacked: int
    nodes: Dict[str, Node]
    whole: bool


class Budget:
    """What all layers together may still cost."""

    def __init__(self, limits: Limits) -> None:
        self.names, self._left = Names(limits), limits.unpacked
        self._layer = limits.layer

    def counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks of one layer. Raises Damaged beyond a limit."""
        layer = self._layer
        for chunk in chunks:
            layer -= len(chunk)
            self._left -= len(chunk)
            if layer < 0:
                raise Damaged(f"the layer has more than {self._layer} bytes unpacked; no more were read")
            if self._left < 0:
                raise Damaged("the layers together have more bytes than are read")
            yield chunk


def read_layer(
    store: Store, path: str, problems: Problems, limits: Limits, budget: Budget, wanted: Container[str]
) -> LayerBlob:
    """Reads the blob to its end; what is wrong in it is a problem. Of the files in `wanted` the content is read as well.
    Raises OSError."""
    blob = _Hashed(store.chunks(path))
    head, chunks = _peeked(blob)
    packing = packing_of(head)
    tree = LayerTree(path, problems, budget.names, wanted)
    diff_id, unpacked, whole = None, 0, False
    if packing == "unknown":
        if head:  # A blob without bytes is a problem already.
            problems.broken(path, "layer", "a tar archive", "the first bytes are not those of tar, gzip or zstd")
    else:
        content = _Hashed(budget.counted(unpack(chunks, packing, limits.zstd_window)))
        try:
            whole = _read_entries(Archive(Stream(content), path, problems, limits), path, tree, problems)
            for _ in content:
                pass
            diff_id, unpacked = content.hex, content.size
        except Damaged as error:
            problems.broken(path, "layer", "a tar archive" if packing == "none" else f"{packing} data", str(error))
        except NoLibrary as error:
            problems.skip(path, f"what is in the layer: {error}")
    for _ in blob:
        pass
    return LayerBlob(blob.hex, blob.size, packing, diff_id, unpacked, tree.nodes, whole)


def _read_entries(archive: Archive, path: str, tree: LayerTree, problems: Problems) -> bool:
    """Whether the archive could be read to its end. Raises Damaged and NoLibrary."""
    try:
        for entry in archive:
            tree.add(entry, archive.content())
    except BadArchive as error:
        problems.broken(path, f"tar archive, at byte {archive.position}", "an entry or the end", str(error))
        return False
    tree.close()
    if not tree.nodes:
        problems.broken(path, "layer", "a layer", "the layer is empty; leave it out")
    return True


class _Hashed(Iterator[bytes]):
    """Chunks that are hashed and counted as they go by."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._hash = chunks, hashlib.sha256()
        self.size = 0

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self._hash.update(chunk)
        self.size += len(chunk)
        return chunk

    @property
    def hex(self) -> str:
        return self._hash.hexdigest()


def _peeked(chunks: Iterator[bytes]) -> Tuple[bytes, Iterator[bytes]]:
    """(the first bytes, all bytes)"""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= _SNIFFED:
            break

    def again() -> Iterator[bytes]:
        yield head
        yield from chunks

    return head[:_SNIFFED], again()
