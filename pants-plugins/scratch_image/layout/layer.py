"""One layer's blob in one pass: SHA-256 → unpack → SHA-256 → tar, against the rules."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from typing import BinaryIO, Callable, Dict, Iterator, Optional, Tuple

from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Findings
from scratch_image.layout.store import Store
from scratch_image.layout.tar_archive import Archive, Entry, Stream
from scratch_image.layout.tar_header import BadArchive
from scratch_image.layout.tar_rules import Names, Node, Tree
from scratch_image.layout.unpack import Damaged, NoLibrary, packing_of, unpack

_SNIFFED = 512
# Is shown each entry with the path of its blob, and may read the entry's content.
Visit = Callable[[str, Entry, Iterator[memoryview]], None]


@dataclass(frozen=True)
class Layer:
    """What a blob is: `packing` as `unpack` names it, `size` in bytes, `diff_id` of the unpacked bytes, in hexadecimal
    digits, or None where they could not be had. `whole` is False where not all of its entries are in `nodes`; where
    `diff_id` is there, `unpacked` is the size of the archive in bytes."""

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
                raise Damaged(f"more than {self._layer} bytes unpacked; no more were read")
            if self._left < 0:
                raise Damaged("the layers together have more bytes than are read")
            yield chunk


def read_layer(
    store: Store, path: str, findings: Findings, limits: Limits, budget: Budget, visit: Optional[Visit] = None
) -> Layer:
    """Reads the blob to its end and names what is wrong in it. Raises OSError."""
    blob = _Hashed(store.chunks(path))
    head, chunks = _peeked(blob)
    packing = packing_of(head)
    tree = Tree(path, findings, budget.names)
    diff_id, unpacked, whole = None, 0, False
    if packing == "unknown":
        if head:  # A blob without bytes is named as such.
            findings.add(path, "layer", "a tar archive", "its first bytes are neither of tar, gzip nor zstd")
    else:
        content = _Hashed(budget.counted(unpack(chunks, packing, limits.zstd_window)))
        try:
            whole = _read_entries(Stream(content), path, tree, findings, limits, visit)
            for _ in content:
                pass
            diff_id, unpacked = content.hex, content.size
        except Damaged as error:
            findings.add(path, "layer", "a tar archive" if packing == "none" else f"{packing} data", str(error))
        except NoLibrary as error:
            findings.skip(path, f"what is in the layer: {error}")
    for _ in blob:
        pass
    return Layer(blob.hex, blob.size, packing, diff_id, unpacked, tree.nodes, whole)


def extract(store: Store, path: str, layer: Layer, wanted: str, limits: Limits, budget: Budget) -> Optional[BinaryIO]:
    """A temporary file with the content of a regular file of the layer, or None where it is larger than the limit."""
    chunks = budget.counted(unpack(store.chunks(path), layer.packing, limits.zstd_window))
    archive = Archive(Stream(chunks), path, Findings(0), limits)
    for entry in archive:
        if entry.name.rstrip(b"/") != wanted.encode("utf-8"):
            continue
        if entry.size > limits.program:
            return None
        file = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            for piece in archive.content():
                file.write(piece)
            file.flush()
        except BaseException:
            file.close()
            raise
        return file
    return None


def _read_entries(stream: Stream, path: str, tree: Tree, findings: Findings, limits: Limits, visit: Optional[Visit]) -> bool:
    """Whether the archive could be read to its end. Raises Damaged and NoLibrary."""
    archive = Archive(stream, path, findings, limits)
    try:
        for entry in archive:
            tree.add(entry)
            if visit:
                visit(path, entry, archive.content())
    except BadArchive as error:
        findings.add(path, f"tar archive, at byte {stream.position}", "an entry or the end", str(error))
        return False
    tree.close()
    if not tree.nodes:
        findings.add(path, "layer", "a layer", "nothing is in it; an empty layer is left out")
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
