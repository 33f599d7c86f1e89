"""The layers of a layout, as descriptors name them: each blob is read once, however many images have it."""

from __future__ import annotations

import tempfile
from typing import BinaryIO, Container, Dict, Optional, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.layer import Budget, LayerBlob, read_layer
from scratch_image.layout.problems import Problems
from scratch_image.layout.tar_archive import Archive, Stream
from scratch_image.layout.tar_header import BadArchive
from scratch_image.layout.unpack import Damaged, unpack


class Layers:
    """The layers among the blobs of a layout. Of the files in `wanted`, relative paths, the content is read."""

    def __init__(self, blobs: Blobs, wanted: Container[str] = ()) -> None:
        self._blobs, self._wanted = blobs, wanted
        self._budget = Budget(blobs.limits)
        self._read: Dict[str, Optional[LayerBlob]] = {}

    def layer(self, claim: Claim) -> Optional[LayerBlob]:
        """The layer that a descriptor names, or None and a problem. Raises OSError."""
        blobs = self._blobs
        path = blobs.find(claim)
        if path is None:
            return None
        if path not in self._read:
            inside = Problems(blobs.limits.problems)
            layer = read_layer(blobs.store, path, inside, blobs.limits, self._budget, self._wanted)
            is_right = blobs.hashed(path, layer.digest)
            if is_right:
                blobs.problems.absorb(inside)
            self._read[path] = layer if is_right else None
        return self._read[path]

    def file(self, layer: LayerBlob, name: str) -> Tuple[Optional[BinaryIO], str]:
        """(a temporary file with the content of a regular file of a layer, why there is none). Raises OSError."""
        path = f"blobs/sha256/{layer.digest}"
        try:
            file = self._extract(path, layer.packing, name.encode("utf-8"))
        except (BadArchive, Damaged) as error:
            return None, str(error)
        return file, f"the program has more than {self._blobs.limits.program} bytes"

    def _extract(self, path: str, packing: str, wanted: bytes) -> Optional[BinaryIO]:
        limits = self._blobs.limits
        chunks = self._budget.counted(unpack(self._blobs.store.chunks(path), packing, limits.zstd_window))
        archive = Archive(Stream(chunks), path, Problems(0), limits)
        for entry in archive:
            if entry.name.rstrip(b"/") != wanted:
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
