"""An image as it is stored, read to be started: one platform's configuration, and its layers as verified tar archives.

Every digest is derived again, and what breaks a rule of this project's layers is a reason not to start the image.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from scratch_image.layout.archive_store import ArchiveStore
from scratch_image.layout.below import is_image, named_below
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.configuration import Configuration, read_configuration
from scratch_image.layout.descriptor import read_digest
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.layers import LayerBlob, Layers
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable, reason
from scratch_image.layout.report import Report, ReportedFinding, read_report
from scratch_image.layout.store import DirectoryStore, Store, read
from scratch_image.layout.tar_archive import Archive, Stream
from scratch_image.layout.tar_header import Entry
from scratch_image.layout.tree import Node, find
from scratch_image.layout.walk import ManifestNode, Walk
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import ARCHIVE, LAYOUT, REPORT
from scratch_image.oci.platform import Platform
from scratch_image.run.errors import NotRun

# The checks of how a program was built, SR050 to SR059.
_OF_THE_BUILD = "SR05"
_PACKAGE = "package the image first, or copy it from its registry: skopeo copy docker://NAME oci:DIRECTORY"
PASSWD, GROUP = "/etc/passwd", "/etc/group"
# Stored layers of up to so many bytes are unpacked into memory, others into a file without a name.
_IN_MEMORY = 128 << 20


class Member(NamedTuple):
    """An entry of a layer, and where its content begins in the tar archive."""

    entry: Entry
    offset: int


class _Headers(Stream):
    """A file, of which only what is taken is read. Other readers of the same descriptor do not disturb it."""

    def __init__(self, file: int) -> None:
        super().__init__(iter(()))
        self._file, self._size = file, os.fstat(file).st_size

    def take(self, count: int) -> bytes:
        """The next `count` bytes, or fewer where the file ends."""
        taken = os.pread(self._file, count, self.position)
        self.position += len(taken)
        return taken

    def skip(self, count: int) -> int:
        """Skips, and returns how many bytes there were."""
        there = min(count, self._size - self.position)
        self.position += there
        return there


@dataclass(frozen=True)
class StoredImage:
    """`digest` is the manifest's. `layers` are descriptors of files without a name, base first, each a layer's tar archive;
    `nodes` are their entries by relative path. `findings` are those of image.json, if there is one."""

    digest: str
    platform: Platform
    configuration: Configuration
    environment: Tuple[str, ...]
    layers: Tuple[int, ...]
    nodes: Tuple[Mapping[str, Node], ...]
    findings: Tuple[ReportedFinding, ...] = ()
    _members: Dict[int, Tuple[Member, ...]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def explanations(self) -> Tuple[str, ...]:
        """Lines with the findings that may explain that the program does not do what it should. How it was built, such as
        its symbols, explains nothing."""
        return tuple(
            f"may explain it: {finding.check} {finding.text}; fix: {finding.fix}"
            for finding in self.findings
            if not finding.check.startswith(_OF_THE_BUILD)
        )

    @property
    def unpacked(self) -> int:
        """About how many bytes the files take in a file system."""
        sizes = (4096 + node.size + -node.size % 4096 for nodes in self.nodes for node in nodes.values())
        return sum(sizes)

    def text(self, path: str) -> str:
        """The beginning of a file that is PASSWD or GROUP, as the image has it; empty if there is none."""
        found = find(self.nodes, path)
        return found[2].head.decode("utf-8", "replace") if found else ""

    def members(self, number: int) -> Tuple[Member, ...]:
        """The entries of a layer, in order. Its headers are read once, by the process that asks first and for its forks."""
        if number not in self._members:
            stream = _Headers(self.layers[number])
            archive = Archive(stream, "", Problems(0), DEFAULT)
            self._members[number] = tuple(Member(entry, stream.position) for entry in archive)
        return self._members[number]

    def close(self) -> None:
        """Frees the layers."""
        for layer in self.layers:
            os.close(layer)


def read_image(path: str, platforms: Sequence[Platform], limits: Limits = DEFAULT) -> StoredImage:
    """Reads a layout, an archive of one, or a directory that `package` wrote: the image of the first of some platforms that
    there is. Raises NotRun."""
    problems = Problems(limits.problems)
    try:
        _refuse_several(path)
        report = Report()
        if os.path.lexists(os.path.join(path, REPORT)):
            content = read(DirectoryStore(path, Problems(0), limits), REPORT, Problems(0), limits)
            report = read_report(content, REPORT, Problems(0), limits) if content is not None else report
            layout = os.path.join(path, LAYOUT)
            path = layout if os.path.isdir(layout) else os.path.join(path, ARCHIVE)
        if os.path.isdir(path):
            return _read(path, DirectoryStore(path, problems, limits), problems, platforms, report, limits)
        if not os.path.isfile(path):
            raise NotRun(f"{path} is neither a directory nor a file; {_PACKAGE}")
        with open(path, "rb") as file:
            return _read(path, ArchiveStore(file, problems, limits), problems, platforms, report, limits)
    except (OSError, Unreadable, ValueError) as error:
        raise NotRun(f"{path} cannot be read: {reason(error, path)}") from None


def _refuse_several(path: str) -> None:
    """Raises NotRun for a directory that is no image, with the images below it, and OSError."""
    if is_image(path):
        return
    raise NotRun(f"{path} is not an image; {named_below(path) or 'package the image first'}")


def _read(
    path: str, store: Store, problems: Problems, platforms: Sequence[Platform], report: Report, limits: Limits
) -> StoredImage:
    blobs = Blobs(store, problems, limits)
    found: List[Tuple[ManifestNode, JsonObject, Configuration]] = []
    for node in Walk(blobs).from_index_json():
        if isinstance(node, ManifestNode) and node.manifest.config:
            values = blobs.document(node.manifest.config)
            if values:
                found.append((node, values, read_configuration(values, node.manifest.annotations)))
    _refuse(path, problems)
    by_platform = {str(Platform.parse(entry[2].platform).normalized()): entry for entry in reversed(found)}
    chosen = next((one for one in platforms if str(one.normalized()) in by_platform), None)
    if chosen is None:
        there = ", ".join(sorted(by_platform)) or "none"
        raise NotRun(f"{path} has no image for {platforms[0]}; it has: {there}")
    return _image(path, blobs, by_platform[str(chosen.normalized())], report)


def _image(path: str, blobs: Blobs, found: Tuple[ManifestNode, JsonObject, Configuration], report: Report) -> StoredImage:
    node, values, configuration = found
    claims = node.manifest.layers or ()
    kept = _Kept(sum(claim.size or 0 for claim in claims if claim) <= _IN_MEMORY)
    try:
        layers = Layers(blobs, (PASSWD.lstrip("/"), GROUP.lstrip("/")), kept.add)
        read_layers = [layers.layer(claim) if claim else None for claim in claims]
        _check_diff_ids(values, read_layers)
        _refuse(path, blobs.problems)
        run = values.child("config")
        return StoredImage(
            str(node.claim.digest),
            Platform.parse(configuration.platform),
            configuration,
            run.string_list("Env") if run else (),
            tuple(kept.files[Digest(layer.digest).blob_path] for layer in read_layers if layer),
            tuple(layer.nodes for layer in read_layers if layer),
            report.findings.get(str(node.claim.digest), ()),
        )
    except BaseException:
        kept.close()
        raise


def _check_diff_ids(values: JsonObject, layers: Sequence[Optional[LayerBlob]]) -> None:
    """image-spec 1.1, config.md, "rootfs": the digests of the layers' tar archives, base first."""
    rootfs = values.child("rootfs", required=True)
    items: Optional[List[object]] = rootfs.member("diff_ids", list, required=True) if rootfs else None
    claims = [read_digest(item, f"rootfs.diff_ids[{number}]", values) for number, item in enumerate(items or ())]
    if len(claims) != len(layers):
        values.mismatch("rootfs.diff_ids", f"{len(claims)} layers", f"the manifest has {len(layers)}")
    for number, (claim, layer) in enumerate(zip(claims, layers)):
        if claim and layer and layer.diff_id != claim.hex:
            values.mismatch(f"rootfs.diff_ids[{number}]", str(claim), f"sha256:{layer.diff_id}")


def _refuse(path: str, problems: Problems) -> None:
    reasons = (*map(str, problems.problems), *problems.not_checked)
    if reasons:
        lines = "".join(f"\n  {reason}" for reason in reasons)
        raise NotRun(f"{path} is not an image that this backend wrote:{lines}")


class _Kept:
    """The tar archives of layers, by the path of the blob, in files without a name."""

    def __init__(self, in_memory: bool) -> None:
        self.files: Dict[str, int] = {}
        self._in_memory = in_memory

    def add(self, path: str, piece: bytes) -> None:
        """Takes the next piece of a blob."""
        if path not in self.files:
            self.files[path] = _nameless(self._in_memory)
        view = memoryview(piece)
        while view:
            view = view[os.write(self.files[path], view) :]

    def close(self) -> None:
        """Frees them."""
        for file in self.files.values():
            os.close(file)


def _nameless(in_memory: bool) -> int:
    if in_memory and hasattr(os, "memfd_create"):
        return os.memfd_create("layer")
    import tempfile

    file, path = tempfile.mkstemp(prefix="scratch-image-layer-")
    os.unlink(path)
    return file
