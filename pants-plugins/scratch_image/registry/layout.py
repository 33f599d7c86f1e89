"""What of a layout on disk has to be at a registry: the documents and blobs of one image or index.

Nothing is believed that a digest does not say: documents are hashed as they are read, blobs while they are sent.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import Callable, Dict, Iterable, Iterator, Optional, Tuple, Union

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.limits import ATTACHED, DEFAULT, PIECE
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.store import DirectoryStore
from scratch_image.layout.walk import DocumentNode, IndexNode, ManifestNode, Walk
from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST
from scratch_image.registry.errors import InvalidLayout

_PACKAGE_AGAIN = "package the image again"
# Called with the number of bytes that are about to be sent.
Sending = Callable[[int], None]


@dataclass(frozen=True)
class Blob:
    """The file `path` of the layout, whose content should have a digest; `size` is in bytes."""

    path: str
    digest: Digest
    size: int

    def pieces(self, start: int, end: int, sending: Sending) -> Iterator[Union[bytes, memoryview]]:
        """The bytes from `start` up to `end`. A piece is valid until the next one is asked for.

        The bytes before `start` are read and hashed as well. If `end` is the end of the blob, its digest is compared before
        the last piece is yielded: a file that has changed is never sent as a whole. Raises InvalidLayout.
        """
        hasher = hashlib.sha256()
        buffer = memoryview(bytearray(PIECE))
        try:
            with open(self.path, "rb", buffering=0) as file:
                at = 0
                while at < end:
                    limit = (start if at < start else end) - at
                    count = file.readinto(buffer[: min(PIECE, limit)])
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
            raise self._changed(error.strerror or "it cannot be read") from None

    def _changed(self, how: str) -> InvalidLayout:
        return InvalidLayout(f"the layout's {self.path} is not {self.digest}: {how}", _PACKAGE_AGAIN)


@dataclass(frozen=True)
class BlobInMemory(Blob):
    """A blob that is not in the layout."""

    content: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, content: bytes) -> BlobInMemory:
        """The blob with some bytes."""
        return cls("", Digest.of(content), len(content), content)

    def pieces(self, start: int, end: int, sending: Sending) -> Iterator[Union[bytes, memoryview]]:
        """See Blob.pieces."""
        if end > start:
            sending(end - start)
            yield self.content[start:end]


@dataclass(frozen=True)
class Document:
    """A manifest or an index, as the bytes that its digest names. A manifest has `blobs`, its layers, and one `config`; an
    index has `children`."""

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

    @property
    def only_blob(self) -> Optional[bytes]:
        """The bytes of its one blob; None if it has several, or if it has more than a document may have. Raises
        InvalidLayout."""
        if len(self.blobs) != 1 or self.blobs[0].size > ATTACHED.json:
            return None
        return b"".join(map(bytes, self.blobs[0].pieces(0, self.blobs[0].size, lambda count: None)))

    def walk(self) -> Iterator[Document]:
        """What is below it, then itself."""
        for child in self.children:
            yield from child.walk()
        yield self


def read(directory: str, root: Digest) -> Document:
    """The document `root` of a layout with all below it. Raises InvalidLayout."""
    problems, limits = Problems(1), DEFAULT
    try:
        # Files that are not part of the image do not matter here.
        blobs = Blobs(DirectoryStore(directory, Problems(0), limits), problems, limits)
        nodes = tuple(Walk(blobs).from_descriptor(Claim("the image", None, root, None)))
        made: Dict[Digest, Document] = {}
        # The other way round, what is below a document comes before it.
        for node in reversed(nodes):
            _make(node, directory, blobs, made)
    except (OSError, Unreadable) as error:
        why = getattr(error, "strerror", None) or error
        raise InvalidLayout(f"the layout {directory} cannot be read: {why}", _PACKAGE_AGAIN) from None
    if problems.problems:
        problem = problems.problems[0]
        is_large = blobs.store.sizes.get(problem.where, 0) > limits.json
        cure = "give the image fewer annotations" if is_large else _PACKAGE_AGAIN
        raise InvalidLayout(f"the layout {directory} is not valid: {problem}", cure)
    return made[root]


def _make(node: DocumentNode, directory: str, blobs: Blobs, made: Dict[Digest, Document]) -> None:
    """Adds a document to those that are made."""
    content = blobs.content(node.claim) if node.claim else None
    if content is None or not node.claim or not node.claim.digest:
        return
    digest = node.claim.digest
    if isinstance(node, ManifestNode):
        layers, config = node.manifest.layers or (), (node.manifest.config,)
        below = blobs_of(layers, directory, blobs), blobs_of(config, directory, blobs)
        made[digest] = Document(digest, content, MEDIA_TYPE_MANIFEST, *below)
    elif isinstance(node, IndexNode):
        children = {entry.digest: made[entry.digest] for entry in node.entries if entry.digest in made}
        made[digest] = Document(digest, content, MEDIA_TYPE_INDEX, children=tuple(children.values()))


def blobs_of(claims: Iterable[Optional[Claim]], directory: str, blobs: Blobs) -> Tuple[Blob, ...]:
    """The blobs that descriptors name; what is not there is a problem of `blobs`, and is left out."""
    found = ((claim.digest, blobs.find(claim)) for claim in claims if claim)
    return tuple(
        Blob(os.path.join(directory, path), digest, blobs.store.sizes[path]) for digest, path in found if digest and path
    )
