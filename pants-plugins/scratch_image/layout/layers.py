"""The layers of a layout, as descriptors name them: each blob is read once, however many images have it, in one pass:
SHA-256 → unpack → SHA-256 → tar, against the rules."""

from __future__ import annotations

import hashlib
import itertools
import tempfile
from dataclasses import dataclass
from typing import BinaryIO, Callable, Container, Dict, Iterator, Mapping, Optional, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.problems import Problems
from scratch_image.layout.stream_parts import Parts
from scratch_image.layout.tar_archive import Archive, Headers, Stream
from scratch_image.layout.tar_header import BadArchive
from scratch_image.layout.tar_rules import Budget, LayerTree
from scratch_image.layout.tree import Node
from scratch_image.layout.unpack import Damaged, NoLibrary, packing_of, unpack
from scratch_image.oci.digest import Digest
from scratch_image.oci.numbers import counted

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
    nodes: Mapping[str, Node]
    whole: bool


class Layers:
    """The layers among the blobs of a layout. Of the files in `wanted`, relative paths, the content is read; with `hashed`,
    all files are hashed. `keep` is given the path of a blob with each piece of its tar archive, as it is unpacked and before
    it is known to be right. `tree` takes the entries of a layer; by default as this project's layers have them."""

    def __init__(
        self,
        blobs: Blobs,
        wanted: Container[str] = (),
        keep: Optional[Callable[[str, bytes], None]] = None,
        hashed: bool = False,
        tree: Callable[[str, Problems, Budget, Container[str], bool], LayerTree] = LayerTree,
    ) -> None:
        self._blobs, self._limits, self._wanted, self._keep = blobs, blobs.limits, wanted, keep
        self._hashed, self._tree = hashed, tree
        self._budget, self._headers = Budget(blobs.limits), Headers(blobs.limits)
        self._known: Dict[str, Optional[LayerBlob]] = {}

    def layer(self, claim: Claim) -> Optional[LayerBlob]:
        """The layer that a descriptor names, or None and a problem. Raises OSError."""
        path = self._blobs.find(claim)
        if path is None:
            return None
        if path not in self._known:
            inside = Problems(self._limits.problems)
            layer = self._read(path, inside)
            is_right = self._blobs.hashed(path, layer.digest)
            if is_right:
                self._blobs.problems.absorb(inside)
            self._known[path] = layer if is_right else None
        return self._known[path]

    def file(self, layer: LayerBlob, name: str, number: Optional[int] = None) -> Tuple[Optional[BinaryIO], str]:
        """(a temporary file with the content of a regular file of a layer, why there is none). Of entries with one name, the
        one with this `number` in the archive is meant, by default the first. Raises OSError."""
        path = Digest(layer.digest).blob_path
        try:
            content = Stream(self._unpacked(self._blobs.store.chunks(path), layer.packing, self._parts()))
            archive = Archive(content, path, Problems(0), self._limits, self._headers)
            every = (entry for at, entry in enumerate(archive) if number in (None, at))
            entry = next((entry for entry in every if entry.name.rstrip(b"/") == name.encode("utf-8")), None)
            if entry is None:
                return None, f"{path} was replaced while it was read"
            if entry.size > self._limits.program:
                return None, f"the program has more than {counted(self._limits.program, 'byte')}"
            return _temporary(archive.content()), ""
        except (BadArchive, Damaged) as error:
            return None, str(error)

    def _read(self, path: str, problems: Problems) -> LayerBlob:
        """Reads the blob to its end."""
        blob = _Hashed(self._blobs.store.chunks(path))
        head = next(blob, b"")
        packing = packing_of(head[:_SNIFFED])
        tree = self._tree(path, problems, self._budget, self._wanted, self._hashed)
        diff_id, unpacked, whole = None, 0, False
        if packing == "unknown":
            if head:  # A blob without bytes is a problem already.
                problems.broken(path, "layer", "a tar archive", "the first bytes are not those of tar, gzip or zstd")
        else:
            parts = self._parts()
            chunks = self._unpacked(itertools.chain((head,), blob), packing, parts)
            content = _Hashed(self._kept(path, chunks) if self._keep else chunks)
            try:
                archive = Archive(Stream(content), path, problems, self._limits, self._headers)
                whole = _read_entries(archive, path, tree, problems)
                for _ in content:
                    pass
                diff_id, unpacked = content.hex, content.size
            except Damaged as error:
                problems.broken(path, "layer", "a tar archive" if packing == "none" else f"{packing} data", str(error))
            except NoLibrary as error:
                problems.skip(path, f"what is in the layer: {error}")
            if parts.remarks:
                remarks = ", ".join(parts.remarks)
                rule = f"the data has {remarks}, which recipe {packing}.1 does not write"
                problems.broken(path, f"{packing} data", remarks, rule)
        for _ in blob:
            pass
        return LayerBlob(blob.hex, blob.size, packing, diff_id, unpacked, tree.nodes, whole)

    def _kept(self, path: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            if self._keep:
                self._keep(path, chunk)
            yield chunk

    def _parts(self) -> Parts:
        return Parts(self._limits.parts)

    def _unpacked(self, chunks: Iterator[bytes], packing: str, parts: Parts) -> Iterator[bytes]:
        return self._budget.counted(unpack(chunks, packing, self._limits.zstd_window, parts))


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


def _temporary(content: Iterator[memoryview]) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        for piece in content:
            file.write(piece)
        file.flush()
        return file
    except BaseException:
        file.close()
        raise
