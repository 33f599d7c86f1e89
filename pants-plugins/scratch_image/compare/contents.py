"""The layers of a side that differ from the other side's, read once: their files, and the content of some."""

from __future__ import annotations

from collections import Counter
from typing import BinaryIO, Container, Dict, List, Optional, Sequence, Tuple

from scratch_image.compare.image import ImageOf, LayerOf
from scratch_image.compare.packaging import Read
from scratch_image.compare.tree import ForeignTree, Item, applied
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.layers import Layers
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.tar_rules import Budget
from scratch_image.oci.numbers import counted
from scratch_image.oci.text import printable

# A file of certificates has a few hundred kilobytes.
_MOST = 8 << 20


class Contents:
    """Reads layers of `blobs`; `unread` are sentences on what could not be. Raises OSError."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._trees: Dict[str, ForeignTree] = {}
        self._layers = Layers(blobs, tree=self._tree)
        self.unread: List[str] = []

    def read(self, layers: Sequence[LayerOf]) -> Optional[List[Read]]:
        """The layers, or None where one of them could not be read to its end. Raises Unreadable for one whose digest is
        wrong: then nothing can be said of the image."""
        found = []
        for layer in layers:
            claim = layer.claim
            if claim is None or claim.digest is None or claim.digest.blob_path not in self._blobs.store.sizes:
                self.unread.append(f"the layer {layer.digest} is not there, so its files were not compared")
                return None
            path = claim.digest.blob_path
            blob = self._layers.layer(claim)
            if blob is None:
                raise Unreadable(self._why(path))
            if blob.diff_id is None or not blob.whole:
                self.unread.append(f"the layer {layer.digest} could not be read: {self._why(path)}")
                return None
            self._note_left_out(layer, self._trees[path])
            found.append(Read(layer, blob, self._trees[path]))
        return found

    def open(self, item: Item) -> Optional[BinaryIO]:
        """The content of a file in a layer that was read, or None and a sentence in `unread`."""
        if item.blob is None:
            return None
        file, why = self._layers.file(item.blob, item.name, item.number)
        if file is None:
            self.unread.append(f"{item.name} could not be read: {why}")
        return file

    def content(self, item: Item) -> Optional[bytes]:
        """The bytes of a small file in a layer that was read; None for a larger one."""
        file = self.open(item) if item.node.size <= _MOST else None
        if file is None:
            return None
        with file:
            file.seek(0)
            return file.read()

    def _note_left_out(self, layer: LayerOf, tree: ForeignTree) -> None:
        if tree.left_out:
            first, files = printable(tree.left_out[0]), counted(len(tree.left_out), "file")
            self.unread.append(f"{files} of the layer {layer.digest}, such as {first}: the name is not UTF-8, or has '..'")

    def _tree(self, where: str, problems: Problems, budget: Budget, wanted: Container[str], hashed: bool) -> ForeignTree:
        self._trees[where] = ForeignTree(where, problems, budget, wanted)
        return self._trees[where]

    def _why(self, path: str) -> str:
        problems = self._blobs.problems
        texts = (*map(str, problems.problems), *problems.not_checked)
        return next((text for text in texts if text.startswith(path)), f"{path}: it is damaged")


def differing(before: ImageOf, after: ImageOf) -> Tuple[List[LayerOf], List[LayerOf]]:
    """The layers of each image, base first, that the other one does not have."""
    common = Counter(layer.digest for layer in before.layers) & Counter(layer.digest for layer in after.layers)
    return _without(before, common.copy()), _without(after, common.copy())


def _without(image: ImageOf, common: Counter[str]) -> List[LayerOf]:
    found = []
    for layer in image.layers:
        if common[layer.digest] > 0:
            common[layer.digest] -= 1
        else:
            found.append(layer)
    return found


def files_of(layers: Sequence[Read]) -> Dict[str, Item]:
    """The files of layers, by path, each with the blob that it is in."""
    return applied([(each.blob, each.tree) for each in layers])
