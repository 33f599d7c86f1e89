"""What of a layout on disk has to be at a registry: the documents and blobs of one image or index.

image-spec 1.1: image-layout.md (`blobs/sha256/<digest>`), manifest.md, image-index.md. Nothing is believed that a digest
does not say: documents are hashed as they are read, blobs while they are sent.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, Tuple, Union

from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST
from scratch_image.registry.errors import InvalidLayout

# distribution-spec 1.1.1, "Pushing Manifests": no registry has to take a larger one.
MAX_DOCUMENT = 4 << 20
_PIECE = 256 << 10
_MAX_DEPTH = 3
# Called with the number of bytes that are about to be sent.
Sending = Callable[[int], None]


@dataclass(frozen=True)
class Blob:
    """A file of the layout; `size` is in bytes."""

    path: str
    digest: Digest
    size: int

    def pieces(self, start: int, end: int, sending: Sending) -> Iterator[Union[bytes, memoryview]]:
        """The bytes from `start` up to `end`. A piece is valid until the next one is asked for.

        All before `start` is read and hashed as well. Where `end` is the blob's, its digest is compared before the last
        piece is given: a file that has changed is never sent as a whole. Raises InvalidLayout.
        """
        hasher = hashlib.sha256()
        buffer = memoryview(bytearray(_PIECE))
        try:
            with open(self.path, "rb", buffering=0) as file:
                at = 0
                while at < end:
                    limit = (start if at < start else end) - at
                    count = file.readinto(buffer[: min(_PIECE, limit)])
                    if not count:
                        raise self._changed("it is too short")
                    hasher.update(buffer[:count])
                    at += count
                    if at == self.size and (hasher.hexdigest() != self.digest.hex or file.read(1)):
                        raise self._changed("it has other bytes")
                    if at > start:
                        sending(count)
                        yield buffer[:count]
        except OSError as error:
            raise self._changed(error.strerror or "it can not be read") from None

    def check_size(self) -> None:
        """Raises InvalidLayout where the file is missing or has another size."""
        try:
            size = os.stat(self.path).st_size
        except OSError as error:
            raise self._changed(error.strerror or "it can not be read") from None
        if size != self.size:
            raise self._changed(f"it has {size} bytes instead of {self.size}")

    def _changed(self, how: str) -> InvalidLayout:
        return InvalidLayout(f"the layout's {self.path} is not {self.digest}: {how}", "package the image anew")


@dataclass(frozen=True)
class Document:
    """A manifest or an index, as the bytes that its digest names; `media_type` is what it says of itself."""

    digest: Digest
    content: bytes
    media_type: str
    blobs: Tuple[Blob, ...] = ()
    config: Tuple[Blob, ...] = ()
    children: Tuple[Document, ...] = ()

    @property
    def all_blobs(self) -> Tuple[Blob, ...]:
        """Of this and all below it: layers, then configs, each once."""
        documents = tuple(self.walk())
        layers = (blob for document in documents for blob in document.blobs)
        configs = (blob for document in documents for blob in document.config)
        return tuple({blob.digest: blob for blob in (*layers, *configs)}.values())

    def walk(self) -> Iterator[Document]:
        """What is below it, then itself."""
        for child in self.children:
            yield from child.walk()
        yield self


def read(directory: str, root: Digest) -> Document:
    """The document `root` of a layout with all below it. Raises InvalidLayout."""
    return _document(directory, root, _MAX_DEPTH)


def _document(directory: str, digest: Digest, depth: int) -> Document:
    content = _read(directory, digest)
    try:
        data = json.loads(content)
        media_type = data["mediaType"]
        if media_type == MEDIA_TYPE_INDEX and depth:
            digests = [Digest.parse(entry["digest"]) for entry in data["manifests"]]
            children = tuple(_document(directory, child, depth - 1) for child in dict.fromkeys(digests))
            return Document(digest, content, media_type, children=children)
        if media_type == MEDIA_TYPE_MANIFEST:
            layers = tuple(_blob(directory, layer) for layer in data["layers"])
            return Document(digest, content, media_type, layers, (_blob(directory, data["config"]),))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise InvalidLayout(f"{digest} in {directory} is neither an image's manifest nor an index", "package the image anew")


def _blob(directory: str, descriptor: Dict[str, Any]) -> Blob:
    digest = Digest.parse(descriptor["digest"])
    size = descriptor["size"]
    # distribution 2 and others do not take an upload without bytes.
    if not isinstance(size, int) or size < 1:
        raise ValueError
    blob = Blob(os.path.join(directory, digest.blob_path), digest, size)
    blob.check_size()
    return blob


def _read(directory: str, digest: Digest) -> bytes:
    path = os.path.join(directory, digest.blob_path)
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_DOCUMENT + 1)
    except OSError as error:
        raise InvalidLayout(f"{path} can not be read: {error.strerror}", "package the image anew") from None
    if len(content) > MAX_DOCUMENT:
        cure = "give it fewer annotations"
        raise InvalidLayout(
            f"{path} has more than {MAX_DOCUMENT >> 20} MiB, which registries do not take as a manifest", cure
        )
    if Digest.of(content) != digest:
        raise InvalidLayout(f"the layout's {path} is not {digest}: it has other bytes", "package the image anew")
    return content
