"""An image in a repository, read as a layout: only what is asked for is downloaded, and all of it is verified."""

from __future__ import annotations

import os
from typing import Callable, Dict, Iterator, Mapping, Optional, Sequence, Set

from scratch_image.layout.limits import ATTACHED, PIECE, Limits
from scratch_image.layout.problems import Unreadable
from scratch_image.layout.referrers import read_attached
from scratch_image.layout.store import Store
from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import INDEX, MARKER
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Descriptor, ImageIndex
from scratch_image.registry import json_object
from scratch_image.registry.artifact import PREDICATE_TYPE
from scratch_image.registry.download import Download
from scratch_image.registry.errors import DeadlinePassed, ProtocolError, RegistryError
from scratch_image.registry.referrers import Referrers, annotation, may_be
from scratch_image.registry.repository import Repository

_TOO_MANY = "remove from the registry what nobody needs"


class RemoteStore(Store):
    """The image that a tag or a digest names. `sizes` has what the documents name that have been read, with the sizes that
    they state. Blobs are kept as files in `directory`. Reading raises RegistryError, and Unreadable beyond the limits."""

    def __init__(self, repository: Repository, reference: str, directory: str, limits: Limits) -> None:
        super().__init__()
        self._repository = repository
        self._directory = directory
        self._limits = limits
        self._referrers = Referrers()
        self._documents: Dict[str, bytes] = {}
        self._manifests: Set[str] = set()
        self.root = self._read_root(reference)
        index = canonical_json.encode(ImageIndex((self.root,)).to_dict())
        self._add(INDEX, index)
        self._add(MARKER, canonical_json.encode({"imageLayoutVersion": "1.0.0"}))

    def chunks(self, path: str) -> Iterator[bytes]:
        """See Store.chunks."""
        if path in self._manifests and path not in self._documents:
            self._read_manifest(path)
        if path in self._documents:
            yield self._documents[path]
            return
        with open(self._downloaded(path), "rb") as file:
            yield from iter(lambda: file.read(PIECE), b"")

    def attached_to(self, subject: Digest, artifact_type: str, first: Sequence[str] = ()) -> Iterator[bytes]:
        """The documents of a type that are attached to a manifest, those with a statement of a type in `first` before the
        others; those that are not as they should be are left out. Anybody who may push can attach any number: each is asked
        for when it is wanted. Raises RegistryError if there are more than `limits.files`, once that many were read."""
        entries = [each for each in self._referrers.listed(self._repository, subject) if may_be(each, artifact_type)]
        entries.sort(key=lambda entry: annotation(entry, PREDICATE_TYPE) not in first)
        digests = tuple(dict.fromkeys(filter(None, map(_digest, entries))))
        read: Set[Digest] = set()
        for number, digest in enumerate(digests):
            many = (
                f"{number} of {len(digests)} documents of the type {artifact_type} that are attached to {subject} were read"
            )
            if number >= self._limits.files:
                raise RegistryError(f"{many}, and no more are", _TOO_MANY)
            document = None
            try:
                layer = self._layer_of(digest, subject, artifact_type)
                # Many manifests may name one blob.
                if layer and layer not in read:
                    read.add(layer)
                    document = self._repository.small_blob(layer, ATTACHED.json)
            except DeadlinePassed as error:
                raise DeadlinePassed(f"{error.text}: {many}", f"{error.cure}, or {_TOO_MANY}") from None
            if document is not None:
                yield document

    def _layer_of(self, digest: Digest, subject: Digest, artifact_type: str) -> Optional[Digest]:
        """The one layer of a manifest that attaches something of a type to an image; None if it does not."""
        content = self._repository.manifest(str(digest))
        attached = read_attached(content, self._limits) if content is not None else None
        if attached and (attached.digest, attached.subject, attached.artifact_type) == (digest, subject, artifact_type):
            return attached.layers[0].digest if len(attached.layers) == 1 else None
        return None

    def _read_root(self, reference: str) -> Descriptor:
        content = self._repository.manifest(reference)
        if content is None:
            where = f"{self._repository.client.endpoint.address}/{self._repository.name}"
            raise RegistryError(f"{where} has no image {reference}", "correct the name or the tag, or publish the image")
        digest = Digest.of(content)
        if ":" in reference and str(digest) != reference:
            raise ProtocolError(f"reading {reference}: the registry sent {digest}")
        self._add(digest.blob_path, content)
        self._take_names(content)
        media_type = MEDIA_TYPE_INDEX if _is_index(content) else MEDIA_TYPE_MANIFEST
        return Descriptor(media_type, digest, len(content))

    def _read_manifest(self, path: str) -> None:
        digest = Digest(path.rpartition("/")[2])
        content = self._repository.manifest(str(digest))
        if content is None:
            raise RegistryError(f"the registry has no manifest {digest}, which the image names", "publish the image again")
        if Digest.of(content) != digest:
            raise ProtocolError(f"reading {digest}: the registry sent {Digest.of(content)}")
        if len(content) != self.sizes[path]:
            text = f"manifest {digest} has {len(content)} bytes, and its descriptor says {self.sizes[path]}"
            raise ProtocolError(text, "publish the image again")
        self._documents[path] = content
        self._take_names(content)

    def _take_names(self, content: bytes) -> None:
        """Notes what a document names. What is wrong in it is left to those who read it."""
        try:
            values = json_object.parse(content)
        except ValueError:
            return
        self._take_all(values.get("manifests"), self._manifests.add)
        self._take_all([values.get("config")], lambda path: None)
        self._take_all(values.get("layers"), lambda path: None)

    def _take_all(self, descriptors: object, note: Callable[[str], None]) -> None:
        for each in descriptors if isinstance(descriptors, list) else ():
            size = each.get("size") if isinstance(each, dict) else None
            digest = _digest(each) if isinstance(each, dict) else None
            if digest and isinstance(size, int) and size >= 0 and digest.blob_path not in self.sizes:
                self.sizes[digest.blob_path] = size
                note(digest.blob_path)
        if len(self.sizes) > self._limits.files or sum(self.sizes.values()) > self._limits.unpacked:
            raise Unreadable("the image names more, or larger, blobs than are read")

    def _add(self, path: str, content: bytes) -> None:
        self._documents[path] = content
        self.sizes[path] = len(content)

    def _downloaded(self, path: str) -> str:
        target = os.path.join(self._directory, path.rpartition("/")[2])
        if not os.path.exists(target):
            part = f"{target}.part"
            with open(part, "wb") as file:
                Download(self._repository, Digest(path.rpartition("/")[2]), self.sizes[path], file).run()
            os.replace(part, target)
        return target


def _digest(entry: Mapping[str, object]) -> Optional[Digest]:
    try:
        return Digest.parse(str(entry.get("digest")))
    except ValueError:
        return None


def _is_index(content: bytes) -> bool:
    try:
        values = json_object.parse(content)
    except ValueError:
        return False
    return "manifests" in values and "config" not in values
