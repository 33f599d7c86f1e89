"""The files that are around an image: what recipe and names say of index.json, manifest.json and image.tar, written again.

No digest of the image covers these bytes, so whatever differs in them shows nowhere else.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any, Dict, Iterator, Optional, Sequence, Union

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.limits import PIECE
from scratch_image.layout.problems import Problems
from scratch_image.layout.store import Store, read
from scratch_image.oci import tar
from scratch_image.oci.digest import Digest
from scratch_image.oci.docker_archive import archive_files
from scratch_image.oci.image import BuiltImage, BuiltIndex, ImageLayer
from scratch_image.oci.layout import layout_files
from scratch_image.oci.names import ARCHIVE, DOCKER_MANIFEST, INDEX, MARKER, SIGNED
from scratch_image.oci.spec import MEDIA_TYPE_CONFIG, MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Descriptor
from scratch_image.validate.image import CheckedImage

_MODE = 0o644
_RULE = "the bytes are not those that `package` writes for this image and its names"


def check_documents(
    root: Optional[Claim], images: Sequence[CheckedImage], names: Optional[Sequence[str]], blobs: Blobs
) -> None:
    """Compares the documents of a layout or, with `names`, of an archive that has these names. Raises OSError."""
    image = _image(root, images, blobs)
    if image is None:
        return
    derived = layout_files(image) if names is None else archive_files(image, names)
    # It may be signed since.
    signed = layout_files(image, annotations=dict((SIGNED,))) if names is None else derived
    for path in (MARKER, INDEX, DOCKER_MANIFEST):
        if path in derived and path in blobs.store.sizes:
            content = read(blobs.store, path, Problems(0), blobs.limits)
            if content not in (derived[path], signed[path]):
                blobs.problems.broken(path, "bytes", "a document", _RULE)


def check_archive_bytes(values: JsonObject, store: Store, file: io.BufferedReader, quick: bool) -> None:
    """Compares the member `archive` of a report with the archive that is open, and the archive with what recipe `tar.1`
    makes of its files. Raises OSError."""
    stated = values.child("archive", required=True)
    if stated is None:
        return
    size = file.seek(0, io.SEEK_END)
    claimed = stated.member("size", int, required=True)
    if claimed is not None and claimed != size:
        stated.mismatch("size", str(claimed), str(size))
    digest = stated.member("digest", str, required=True)
    if quick or claimed != size:
        return
    derived = f"sha256:{_sha256(iter(lambda: file.read(PIECE), b''), file)}"
    if digest is not None and digest != derived:
        stated.mismatch("digest", digest, derived)
    if f"sha256:{_packed(store)}" != derived:
        values.problems.broken(ARCHIVE, "bytes", "an archive", "the bytes are not those of recipe tar.1 for its files")


def _image(root: Optional[Claim], images: Sequence[CheckedImage], blobs: Blobs) -> Optional[Union[BuiltImage, BuiltIndex]]:
    """The image that is written again, without its blobs; None if a part of it is not known."""
    if root is None or root.digest is None or root.digest.blob_path not in blobs.store.sizes:
        return None
    built = [_built(image, blobs.store.sizes) for image in images]
    every = tuple(image for image in built if image)
    if not every or len(every) < len(built):
        return None
    if root.media_type == MEDIA_TYPE_INDEX:
        content = read(blobs.store, root.digest.blob_path, Problems(0), blobs.limits)
        return None if content is None else BuiltIndex(every, content)
    return every[0]


def _built(image: CheckedImage, sizes: Dict[str, int]) -> Optional[BuiltImage]:
    manifest, config, platform = image.manifest, image.config, image.platform
    if not (manifest and config and platform and all(image.layer_paths)):
        return None
    layers = [Digest(path[-64:]) for path in image.layer_paths]
    return BuiltImage(
        platform,
        b"",
        Descriptor(MEDIA_TYPE_CONFIG, config, 0),
        b"",
        Descriptor(MEDIA_TYPE_MANIFEST, manifest, sizes.get(manifest.blob_path, 0)),
        tuple(ImageLayer(Descriptor("", layer, 0), layer, "") for layer in layers),
    )


def _packed(store: Store) -> str:
    """The SHA-256 of the archive that recipe `tar.1` makes of the files of a store."""
    entries = tar.with_parents(tar.FileEntry(path, path, size, _MODE) for path, size in store.sizes.items())
    hasher = hashlib.sha256()
    for piece in tar.blocks(entries, lambda entry: _Content(store.chunks(entry.content)), PIECE):
        hasher.update(piece)
    return hasher.hexdigest()


def _sha256(pieces: Iterator[bytes], file: io.BufferedReader) -> str:
    file.seek(0)
    hasher = hashlib.sha256()
    for piece in pieces:
        hasher.update(piece)
    return hasher.hexdigest()


class _Content(io.RawIOBase):
    """Pieces, as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
