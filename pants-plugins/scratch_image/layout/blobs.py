"""The blobs of a layout, as descriptors name them: each is hashed when it is read."""

from __future__ import annotations

import hashlib
from typing import List, Optional, Set

from scratch_image.layout.descriptor import Claim
from scratch_image.layout.documents import JsonObject, parse
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.store import BLOB, Store
from scratch_image.oci.numbers import counted, digits


class Blobs:
    """The blobs of a store. `complete` is False once a document could not be read, because it may name blobs; `count` and
    `size`, in bytes, are of the blobs that were hashed. Raises Unreadable where the files are larger than the limits."""

    def __init__(self, store: Store, problems: Problems, limits: Limits) -> None:
        self.store, self.problems, self.limits = store, problems, limits
        self._named: Set[str] = set()
        self._counted: Set[str] = set()
        self.complete = True
        self._documents = 0
        self.count = self.size = 0
        stored = sum(store.sizes.values())
        if stored > limits.unpacked:
            raise Unreadable(f"its files have {counted(stored, 'byte')}; at most {digits(limits.unpacked)} are read")

    def find(self, claim: Claim) -> Optional[str]:
        """The path of the blob that a descriptor names, or None and a problem. Another size is a problem as well."""
        if claim.digest is None:
            return None
        path = claim.digest.blob_path
        if path not in self.store.sizes:
            self.problems.broken(claim.where, "blob", str(claim.digest), f"there is no file {path}")
            return None
        self._named.add(path)
        size = self.store.sizes[path]
        if size == 0:
            self.problems.broken(path, "blob", "a blob", "it is empty; registries refuse empty blobs")
        if claim.size is not None and claim.size != size:
            self.problems.mismatch(claim.where, "size", str(claim.size), str(size))
        return path

    def content(self, claim: Claim) -> Optional[bytes]:
        """The bytes of the document that a descriptor names, or None and a problem. Raises OSError.

        image-spec 1.1, considerations.md, and registries: a manifest has at most 4 MiB.
        """
        path = self.find(claim)
        if path is None:
            return None
        size = self.store.sizes[path]
        self._documents += size
        rule = ""
        if size > self.limits.json:
            rule = f"the document has {counted(size, 'byte')}; at most {digits(self.limits.json)} are read, as by registries"
        elif self._documents > self.limits.documents:
            rule = f"the documents together have more than {counted(self.limits.documents, 'byte')}"
        if rule:
            self.problems.broken(path, "document", counted(size, "byte"), rule)
            return None
        content = b"".join(self.store.chunks(path))
        is_right = self.hashed(path, hashlib.sha256(content).hexdigest())
        return content if is_right and content else None

    def attested(self, claim: Claim) -> Optional[bytes]:
        """The bytes of a document about an image, which may be larger than a manifest, or None and a problem. Raises
        OSError."""
        path = self.find(claim)
        if path is None:
            return None
        if self.store.sizes[path] > self.limits.attested:
            rule = f"the document has more than {self.limits.attested} bytes"
            self.problems.broken(path, "document", f"{self.store.sizes[path]} bytes", rule)
            return None
        content = b"".join(self.store.chunks(path))
        return content if self.hashed(path, hashlib.sha256(content).hexdigest()) else None

    def check(self, claim: Claim) -> None:
        """Hashes the blob that a descriptor names. Raises OSError."""
        path = self.find(claim)
        if path is not None and path not in self._counted:
            self.hashed(path, self._sha256(path))

    def unnamed(self) -> List[str]:
        """The paths of the blobs that no descriptor has named so far."""
        return sorted(set(filter(BLOB.fullmatch, self.store.sizes)) - self._named)

    def _sha256(self, path: str) -> str:
        hasher = hashlib.sha256()
        for piece in self.store.chunks(path):
            hasher.update(piece)
        return hasher.hexdigest()

    def document(self, claim: Claim) -> Optional[JsonObject]:
        """The object that a descriptor names, or None and a problem. Raises OSError."""
        content = self.content(claim)
        where = claim.digest.blob_path if claim.digest else ""
        values = None if content is None else parse(content, where, self.problems, self.limits)
        self.complete = self.complete and values is not None
        return values

    def hashed(self, path: str, derived: str) -> bool:
        """Counts a blob whose SHA-256 is `derived`, and returns whether that is its name; otherwise it is a problem."""
        if path not in self._counted:
            self._counted.add(path)
            self.count += 1
            self.size += self.store.sizes[path]
        if path.endswith(f"/{derived}"):
            return True
        self.problems.mismatch(path, "digest", f"sha256:{path[-64:]}", f"sha256:{derived}")
        self.problems.skip(path, "what is in it, because its digest is wrong")
        return False

    def orphans(self) -> List[str]:
        """The paths of the blobs that no descriptor names, each of which is a problem."""
        paths = self.unnamed()
        for path in paths if self.complete else ():
            self.problems.broken(path, "blob", "a blob", "no descriptor refers to it")
        return paths

    def check_rest(self) -> None:
        """Hashes the blobs that no descriptor names, each of which is a problem, up to the limit. Raises OSError."""
        left = self.limits.orphans
        for path in self.orphans():
            left -= self.store.sizes[path]
            if left < 0:
                self.problems.skip(
                    path, f"its digest, because blobs without a descriptor have over {counted(self.limits.orphans, 'byte')}"
                )
                continue
            self.hashed(path, self._sha256(path))
