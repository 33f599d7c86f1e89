"""From a finished layout or archive to a result: everything that it states is derived again from its bytes.

The way is that of a reader: oci-layout, index.json, indexes, manifests, configurations, layers, the program. A blob whose
digest is wrong is a problem and not looked into, because it is not the one that was meant; then blobs that only it may name
are no problem.
"""

from __future__ import annotations

import io
import os
import stat
from typing import FrozenSet, List, Optional, Tuple

from scratch_image.layout.archive_store import ArchiveStore
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.documents import JsonObject, parse, parse_any
from scratch_image.layout.layers import Layers
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable, reason, shown
from scratch_image.layout.store import BLOB, DirectoryStore, Store, read
from scratch_image.layout.walk import IndexNode, ManifestNode, Walk
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import CREATED_BY_PROGRAM, DOCKER_MANIFEST, INDEX, LAYOUT_VERSION, MARKER
from scratch_image.validate.artifacts import attesting, check_artifacts
from scratch_image.validate.attestations import check_attestations, has_attestations
from scratch_image.validate.depth import FULL, Depth
from scratch_image.validate.docker_save import check_docker_manifest, check_names
from scratch_image.validate.documents import DocumentRules, check_platforms
from scratch_image.validate.files import Files
from scratch_image.validate.image import CheckedImage, ImageCheck
from scratch_image.validate.image_json import ReportCheck, read_report
from scratch_image.validate.result import ValidationResult
from scratch_image.validate.runtime_files import WANTED
from scratch_image.validate.written_files import check_archive_bytes, check_documents


def check(path: str, limits: Limits = DEFAULT, depth: Depth = FULL) -> ValidationResult:
    """Checks an OCI image layout, or a tar archive of one. Raises Unreadable, and nothing else."""
    is_directory = os.path.isdir(_usable(path))
    return check_layout(path, limits, None, depth) if is_directory else check_archive(path, limits, None, depth)


def check_layout(
    path: str, limits: Limits = DEFAULT, image_json: Optional[bytes] = None, depth: Depth = FULL
) -> ValidationResult:
    """Checks the OCI image layout in a directory, and the content of the image.json on it if there is one. Raises
    Unreadable, and nothing else."""
    problems = Problems(limits.problems)
    try:
        store = DirectoryStore(_usable(path), problems, limits)
        hashed = not depth.quick and has_attestations(image_json, limits)
        return _Check(store, problems, limits, depth, hashed).run(frozenset((MARKER, INDEX)), image_json)
    except (OSError, Unreadable) as error:
        raise _with_path(path, error) from error


def check_archive(
    path: str, limits: Limits = DEFAULT, image_json: Optional[bytes] = None, depth: Depth = FULL
) -> ValidationResult:
    """Checks the OCI image layout in a tar archive, its `manifest.json`, and the content of the image.json on it if there is
    one. Raises Unreadable, and nothing else."""
    problems = Problems(limits.problems)
    try:
        # A fifo would wait for a writer.
        if not stat.S_ISREG(os.stat(_usable(path)).st_mode):
            raise Unreadable("it is neither a directory nor a file")
        with open(path, "rb") as file:
            store = ArchiveStore(file, problems, limits)
            check = _Check(store, problems, limits, depth, file=file)
            return check.run(frozenset((MARKER, INDEX, DOCKER_MANIFEST)), image_json)
    except (OSError, Unreadable) as error:
        raise _with_path(path, error) from error


def _with_path(path: str, error: Exception) -> Unreadable:
    text = reason(error, path)
    return Unreadable(text if text.startswith(f"{path}: ") else f"{path}: {text}")


def _usable(path: str) -> str:
    try:
        if b"\0" not in os.fsencode(path):
            return path
    except UnicodeEncodeError:
        pass
    raise Unreadable(f"{path!r} is not a valid path")


class _Check:
    """Checks the layout in a store; `hashed` is whether its files are hashed, and `file` is the archive that it is in, if it
    is in one."""

    def __init__(
        self,
        store: Store,
        problems: Problems,
        limits: Limits,
        depth: Depth,
        hashed: bool = False,
        file: Optional[io.BufferedReader] = None,
    ) -> None:
        if MARKER not in store.sizes and INDEX not in store.sizes:
            why = f": {problems.problems[0]}" if problems.problems else ""
            raise Unreadable(f"it is not an OCI image layout: it has neither {MARKER} nor {INDEX}{why}")
        self._store, self._problems, self._limits, self._depth, self._file = store, problems, limits, depth, file
        self._blobs = Blobs(store, problems, limits)
        layers = Layers(self._blobs, WANTED, hashed=hashed)
        self._files = Files(layers)
        self._image_check = ImageCheck(self._blobs, layers, self._files, depth)
        self._rules = DocumentRules()
        self._images: List[CheckedImage] = []
        self._root: Optional[Claim] = None

    def run(self, known: FrozenSet[str], image_json: Optional[bytes]) -> ValidationResult:
        """`known` are the files of the layout that are not blobs. Raises OSError."""
        problems = self._problems
        self._check_marker()
        self._check_documents()
        report = None if image_json is None else read_report(image_json, problems, self._limits)
        saved = self._docker_manifest(report is not None) if self._file else None
        underived = self._check_report(report, saved) if report else ()
        for path in sorted(self._store.sizes):
            if path not in known and not BLOB.fullmatch(path):
                problems.broken(shown(path)[1:-1], "file", "a file", "a layout does not have this file")
        if self._depth.quick:
            self._blobs.orphans()
        else:
            self._blobs.check_rest()
        counts = (len(self._images), self._blobs.count, self._blobs.size)
        found = (tuple(problems.problems), tuple(problems.not_checked))
        return ValidationResult(*found, *counts, problems.not_shown, underived or self._depth_only())

    def _depth_only(self) -> Tuple[str, ...]:
        return ("what is in layers",) if self._depth.quick else ()

    def _docker_manifest(self, is_required: bool) -> object:
        """The value of `manifest.json`, checked, or None. An OCI archive of another tool need not have it; one of `package`
        has it, and is known by a line in the history and a name for containerd."""
        if DOCKER_MANIFEST not in self._store.sizes:
            lines = [line for image in self._images for line in image.created_by]
            is_ours = self._rules.containerd_names and CREATED_BY_PROGRAM in lines
            if is_required or is_ours:
                self._problems.broken(DOCKER_MANIFEST, "file", "nothing", "there is no such file; `docker load` reads it")
            else:
                self._problems.skip(DOCKER_MANIFEST, "there is no such file, which `docker load` reads")
            return None
        content = self._read(DOCKER_MANIFEST)
        value = None if content is None else parse_any(content, DOCKER_MANIFEST, self._problems, self._limits)
        if value is not None:
            check_docker_manifest(value, self._images, self._rules.containerd_names, self._problems)
        return value

    def _check_report(self, report: JsonObject, saved: object) -> Tuple[str, ...]:
        """What the report states and does not follow from the image."""
        check = ReportCheck(report, self._blobs, self._files, self._depth)
        check.check(self._root, self._images)
        if not self._file:  # An archive has no attestations: as docker-archive, its image has another digest.
            check_attestations(report, self._root, self._images, self._blobs, self._files, self._depth)
        # Reports of the first version do not say what was written.
        if "written" in report.values:
            names = check_names(report, saved) if self._file else None
            if not self._problems.problems:
                check_documents(self._root, self._images, names, self._blobs)
            if self._file:
                check_archive_bytes(report, self._store, self._file, self._depth.quick)
        return check.underived()

    def _check_marker(self) -> None:
        """image-layout.md, "oci-layout file"."""
        content = self._read(MARKER)
        values = None if content is None else parse(content, MARKER, self._problems, self._limits)
        version = values and values.member("imageLayoutVersion", str, required=True)
        if values and version not in (None, LAYOUT_VERSION):
            values.mismatch("imageLayoutVersion", shown(version), shown(LAYOUT_VERSION))

    def _check_documents(self) -> None:
        """image-layout.md, "index.json file"; that it has one entry is a rule of this project (oci/layout.py), for which
        attestations do not count."""
        walk = Walk(self._blobs, self._rules)
        nodes = tuple(walk.from_index_json())
        about = attesting(nodes)
        for node in nodes:
            if isinstance(node, ManifestNode):
                self._images.append(self._image_check.check(node))
            elif isinstance(node, IndexNode):
                self._check_index(node, about)
        check_artifacts(nodes, walk, self._blobs, self._depth.quick)
        for subject in self._rules.subjects:
            self._blobs.content(subject)

    def _check_index(self, node: IndexNode, about: FrozenSet[Digest]) -> None:
        entries = tuple(entry for entry in node.entries if entry.digest is None or entry.digest not in about)
        if node.claim is None:
            self._root = entries[0] if entries else None
            if len(entries) != 1:
                self._problems.mismatch(INDEX, "manifests", f"{len(entries)} entries", "exactly one")
        check_platforms(entries, self._problems)

    def _read(self, path: str) -> Optional[bytes]:
        return read(self._store, path, self._problems, self._limits)
