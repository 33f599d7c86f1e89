"""From a finished layout or archive to a result: everything that it states is derived again from its bytes.

The way is that of a reader: oci-layout, index.json, indexes, manifests, configurations, layers, the program. A blob whose
digest is wrong is a problem and not looked into, because it is not the one that was meant; then blobs that only it may name
are no problem.
"""

from __future__ import annotations

import os
import stat
from typing import FrozenSet, List, Optional

from scratch_image.layout.archive_store import ArchiveStore
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.documents import parse, parse_any
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable, shown
from scratch_image.layout.store import BLOB, DirectoryStore, Store, read
from scratch_image.layout.walk import IndexNode, Walk
from scratch_image.oci.names import DOCKER_MANIFEST, INDEX, MARKER
from scratch_image.validate.docker_save import check_docker_manifest
from scratch_image.validate.documents import DocumentRules, check_platforms
from scratch_image.validate.image import CheckedImage, ImageCheck
from scratch_image.validate.image_json import check_image_json
from scratch_image.validate.result import ValidationResult


def check(path: str, limits: Limits = DEFAULT) -> ValidationResult:
    """Checks an OCI image layout, or a tar archive of one. Raises Unreadable, and nothing else."""
    return check_layout(path, limits) if os.path.isdir(_usable(path)) else check_archive(path, limits)


def check_layout(path: str, limits: Limits = DEFAULT, image_json: Optional[bytes] = None) -> ValidationResult:
    """Checks the OCI image layout in a directory, and the content of the image.json on it if there is one. Raises
    Unreadable, and nothing else."""
    problems = Problems(limits.problems)
    try:
        store = DirectoryStore(_usable(path), problems, limits)
        return _Check(store, problems, limits).run(frozenset((MARKER, INDEX)), image_json)
    except OSError as error:
        raise Unreadable(f"{path}: {error}") from error


def check_archive(path: str, limits: Limits = DEFAULT, image_json: Optional[bytes] = None) -> ValidationResult:
    """Checks the OCI image layout in a tar archive, its `manifest.json` if there is one, and the content of the image.json
    on it if there is one. Raises Unreadable, and nothing else."""
    problems = Problems(limits.problems)
    try:
        # A fifo would wait for a writer.
        if not stat.S_ISREG(os.stat(_usable(path)).st_mode):
            raise Unreadable(f"{path} is neither a directory nor a file")
        with open(path, "rb") as file:
            store = ArchiveStore(file, problems, limits)
            return _Check(store, problems, limits).run(frozenset((MARKER, INDEX, DOCKER_MANIFEST)), image_json)
    except OSError as error:
        raise Unreadable(f"{path}: {error}") from error


def _usable(path: str) -> str:
    try:
        if b"\0" not in os.fsencode(path):
            return path
    except UnicodeEncodeError:
        pass
    raise Unreadable(f"{path!r} is not a valid path")


class _Check:
    def __init__(self, store: Store, problems: Problems, limits: Limits) -> None:
        if MARKER not in store.sizes and INDEX not in store.sizes:
            raise Unreadable(f"it is not an OCI image layout: it has neither {MARKER} nor {INDEX}")
        self._store, self._problems, self._limits = store, problems, limits
        self._blobs = Blobs(store, problems, limits)
        self._images: List[CheckedImage] = []
        self._root: Optional[Claim] = None

    def run(self, known: FrozenSet[str], image_json: Optional[bytes]) -> ValidationResult:
        """`known` are the files of the layout that are not blobs. Raises OSError."""
        problems = self._problems
        self._check_marker()
        self._check_documents()
        if DOCKER_MANIFEST in known & self._store.sizes.keys():
            content = self._read(DOCKER_MANIFEST)
            value = None if content is None else parse_any(content, DOCKER_MANIFEST, problems, self._limits)
            if value is not None:
                check_docker_manifest(value, self._images, problems)
        if image_json is not None:
            check_image_json(image_json, self._root, self._images, problems, self._limits)
        for path in sorted(self._store.sizes):
            if path not in known and not BLOB.fullmatch(path):
                problems.broken(shown(path)[1:-1], "file", "a file", "a layout does not have this file")
        self._blobs.check_rest()
        counts = (len(self._images), self._blobs.count, self._blobs.size)
        return ValidationResult(tuple(problems.problems), tuple(problems.not_checked), *counts, problems.not_shown)

    def _check_marker(self) -> None:
        """image-layout.md, "oci-layout file"."""
        content = self._read(MARKER)
        values = None if content is None else parse(content, MARKER, self._problems, self._limits)
        version = values and values.member("imageLayoutVersion", str, required=True)
        if values and version not in (None, "1.0.0"):
            values.mismatch("imageLayoutVersion", shown(version), "'1.0.0'")

    def _check_documents(self) -> None:
        """image-layout.md, "index.json file"; that it has one entry is a rule of this project (oci/layout.py)."""
        image_check = ImageCheck(self._blobs)
        for node in Walk(self._blobs, DocumentRules()).from_index_json():
            if not isinstance(node, IndexNode):
                self._images.append(image_check.check(node))
                continue
            if node.claim is None:
                self._root = node.entries[0] if node.entries else None
                if len(node.entries) != 1:
                    self._problems.mismatch(INDEX, "manifests", f"{len(node.entries)} entries", "exactly one")
            check_platforms(node.entries, self._problems)

    def _read(self, path: str) -> Optional[bytes]:
        return read(self._store, path, self._problems, self._limits)
