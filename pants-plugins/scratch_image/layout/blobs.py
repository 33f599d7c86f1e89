"""The blobs of a layout, as descriptors name them: each is read once, and hashed."""

from __future__ import annotations

import hashlib
from typing import BinaryIO, Dict, Optional, Set, Tuple

from scratch_image.layout.descriptor import Claim
from scratch_image.layout.documents import Object, parse
from scratch_image.layout.layer import Budget, Layer, Visit, extract, read_layer
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Findings
from scratch_image.layout.store import BLOB, Store
from scratch_image.layout.tar_header import BadArchive
from scratch_image.layout.unpack import Damaged


class Blobs:
    """`complete` is False when a document could not be read, so that it is not known which blobs it names. `visit` is shown
    every entry of every layer."""

    def __init__(self, store: Store, findings: Findings, limits: Limits, visit: Optional[Visit] = None) -> None:
        self._store, self._findings, self._limits, self._visit = store, findings, limits, visit
        self._budget = Budget(limits)
        self._layers: Dict[str, Optional[Layer]] = {}
        self._named: Set[str] = set()
        self._counted: Set[str] = set()
        self.complete = True
        self.count = self.size = 0

    def document(self, claim: Claim) -> Optional[Object]:
        """The object that a descriptor names, or None, which was named as a problem. Raises OSError."""
        path = self._find(claim)
        values = self._document(path) if path is not None else None
        self.complete = self.complete and values is not None
        return values

    def layer(self, claim: Claim) -> Optional[Layer]:
        """The layer that a descriptor names, or None, which was named as a problem. Raises OSError."""
        path = self._find(claim)
        if path is None:
            return None
        if path not in self._layers:
            inside = Findings(self._limits.problems)
            layer = read_layer(self._store, path, inside, self._limits, self._budget, self._visit)
            right = self._hashed(path, layer.digest)
            if right:
                self._findings.absorb(inside)
            self._layers[path] = layer if right else None
        return self._layers[path]

    def file(self, layer: Layer, name: str) -> Tuple[Optional[BinaryIO], str]:
        """(a temporary file with the content of a regular file of a layer, why there is none)"""
        path = f"blobs/sha256/{layer.digest}"
        try:
            file = extract(self._store, path, layer, name, self._limits, self._budget)
        except (BadArchive, Damaged) as error:
            return None, str(error)
        return file, f"it has more than {self._limits.program} bytes"

    def check_rest(self) -> None:
        """Names the blobs that no descriptor names. Raises OSError."""
        for path in sorted(set(filter(BLOB.fullmatch, self._store.sizes)) - self._named):
            if self.complete:
                self._findings.add(path, "blob", "a blob", "nothing refers to it")
            hasher = hashlib.sha256()
            for piece in self._store.chunks(path):
                hasher.update(piece)
            self._hashed(path, hasher.hexdigest())

    def _find(self, claim: Claim) -> Optional[str]:
        if claim.digest is None:
            return None
        path = claim.digest.blob_path
        if path not in self._store.sizes:
            self._findings.add(claim.where, "blob", str(claim.digest), f"there is no file {path}")
            return None
        self._named.add(path)
        size = self._store.sizes[path]
        if size == 0:
            self._findings.add(path, "blob", "a blob", "it has no bytes, which registries refuse")
        if claim.size is not None and claim.size != size:
            self._findings.add(claim.where, "size", str(claim.size), str(size))
        return path

    def _document(self, path: str) -> Optional[Object]:
        """image-spec 1.1, considerations.md, and registries: a manifest has at most 4 MiB."""
        hasher, content = hashlib.sha256(), b""
        for piece in self._store.chunks(path):
            hasher.update(piece)
            if len(content) <= self._limits.json:
                content += piece
        right = self._hashed(path, hasher.hexdigest())
        if len(content) > self._limits.json:
            self._findings.add(path, "document", f"{self._store.sizes[path]} bytes", f"at most {self._limits.json} are read")
            return None
        return parse(content, path, self._findings, self._limits) if right and content else None

    def _hashed(self, path: str, derived: str) -> bool:
        """Counts a blob, and says whether its digest is its name."""
        if path not in self._counted:
            self._counted.add(path)
            self.count += 1
            self.size += self._store.sizes[path]
        if path.endswith(f"/{derived}"):
            return True
        self._findings.add(path, "digest", f"sha256:{path[-64:]}", f"sha256:{derived}")
        self._findings.skip(path, "what is in it, as its digest is wrong")
        return False
