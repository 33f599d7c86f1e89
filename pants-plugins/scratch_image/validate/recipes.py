"""`recipe` of a layer in a report: what it names is what the layer is packed with and, on request, packs it to the same
bytes."""

from __future__ import annotations

import hashlib
from typing import Iterator

from scratch_image.assembler.compressors import MEMBER, WrongLibrary, compress, self_test
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.layers import LayerBlob
from scratch_image.layout.problems import shown
from scratch_image.layout.tar_archive import Stream
from scratch_image.layout.unpack import unpack
from scratch_image.oci.compression import NAMES, Compression
from scratch_image.oci.digest import Digest

_CURE = "install it with: pip install 'scratch-image-pants-plugin[recompress]'"


def check_recipe(place: JsonObject, layer: LayerBlob, blobs: Blobs, recompress: bool) -> None:
    """Compares the member of a layer's entry with the layer. Raises OSError."""
    text = place.member("recipe", str, required=True)
    if text is None:
        return
    try:
        compression = Compression.from_recipe(text)
    except ValueError as error:
        place.broken("recipe", text, str(error))
        return
    if layer.packing in NAMES and layer.packing != compression.name:
        place.mismatch("recipe", shown(text), f"{layer.packing} data")
    elif recompress and layer.diff_id and compression.name != "none":
        try:
            self_test(compression.name)
        except WrongLibrary as error:
            place.problems.skip(place.where, f"recipe: {error}; {_CURE}")
            return
        derived = _compressed(layer, blobs, compression)
        if derived != layer.digest:
            place.mismatch("recipe", f"{text} of sha256:{layer.digest}", f"this recipe writes sha256:{derived}")


def _compressed(layer: LayerBlob, blobs: Blobs, compression: Compression) -> str:
    """The SHA-256 of what the recipe makes of the unpacked layer."""
    chunks = unpack(blobs.store.chunks(Digest(layer.digest).blob_path), layer.packing, blobs.limits.zstd_window)
    hasher = hashlib.sha256()
    for chunk in compress(_members(Stream(chunks)), layer.unpacked, compression, 1):
        hasher.update(chunk)
    return hasher.hexdigest()


def _members(stream: Stream) -> Iterator[memoryview]:
    for piece in iter(lambda: stream.take(MEMBER), b""):
        yield memoryview(piece)
