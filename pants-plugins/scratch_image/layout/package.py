"""A packaged image as a structure test sees it: for each platform its files, configuration, sizes and findings.

The readers are the validator's: everything is bounded, every digest is derived again, and what breaks a rule of this
project's layers is a problem. With a problem, nothing is said of the image.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Dict, FrozenSet, Iterator, List, Mapping, Optional, Sequence, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.configuration import Configuration, read_configuration
from scratch_image.layout.descriptor import Claim, read_descriptor
from scratch_image.layout.documents import Object, member, parse
from scratch_image.layout.layer import Layer
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.manifest import Manifest, read_manifest
from scratch_image.layout.problems import Findings, Unreadable
from scratch_image.layout.store import DirectoryStore, read
from scratch_image.layout.tar_archive import DIRECTORY, FILE, SYMLINK, Entry
from scratch_image.report.reader import Finding, Report, read_report

_INDEX, _REPORT = "index.json", "image.json"
_KINDS = {FILE: "file", DIRECTORY: "directory", SYMLINK: "symlink"}
# So much of a file is kept to be shown where its text is another one.
_HEAD = 64 << 10


@dataclass(frozen=True)
class Node:
    """What an image has at a path. `kind` is one of expectations.KINDS, `owner` is `uid:gid`, `size` is in bytes. Of files
    whose content is asked for, `digest` is its `sha256:…` and `head` its first bytes."""

    kind: str
    mode: int
    owner: str
    size: int = 0
    target: str = ""
    digest: str = ""
    head: bytes = b""


@dataclass(frozen=True)
class Image:
    """One platform's image. `files` are by absolute path. `size` is the sum of its layers' blobs as its manifest lists them,
    `unpacked_size` that of the tar archives in them, both in bytes."""

    platform: str
    configuration: Configuration
    files: Mapping[str, Node]
    size: int
    unpacked_size: int
    findings: Tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Package:
    """What was packaged: the images in the order of the index, the platforms that were left out of it, and why it can not be
    trusted, if there is a reason."""

    images: Tuple[Image, ...] = ()
    omitted: Tuple[str, ...] = ()
    problems: Tuple[str, ...] = ()


def read_package(directory: str, contents: FrozenSet[str], limits: Limits = DEFAULT) -> Package:
    """Reads `oci/` and `image.json` in a directory; `contents` are the paths of files whose content is asked for."""
    try:
        return _Reader(directory, contents, limits).run()
    except (OSError, Unreadable) as error:
        return Package(problems=(str(error),))


class _Reader:
    """Raises OSError and Unreadable."""

    def __init__(self, directory: str, contents: FrozenSet[str], limits: Limits) -> None:
        self._contents, self._limits = contents, limits
        self._findings = Findings(limits.problems)
        # What else is in the package, such as an archive, is no part of the image that is tested.
        self._package = DirectoryStore(directory, Findings(0), limits)
        self._layout = DirectoryStore(os.path.join(directory, "oci"), self._findings, limits)
        self._blobs = Blobs(self._layout, self._findings, limits, self._visit)
        self._by_blob: Dict[str, Dict[str, Node]] = {}
        self._images: List[Image] = []

    def run(self) -> Package:
        content = read(self._package, _REPORT, self._findings, self._limits)
        report = read_report(content, _REPORT, self._findings, self._limits) if content is not None else Report()
        content = read(self._layout, _INDEX, self._findings, self._limits)
        root = parse(content, _INDEX, self._findings, self._limits) if content is not None else None
        if root is not None:
            self._read_index(root, _INDEX, report, depth=1)
        problems = (*map(str, self._findings.problems), *self._findings.not_checked)
        return Package(problems=problems) if problems else Package(tuple(self._images), report.omitted)

    def _read_index(self, values: Object, where: str, report: Report, depth: int) -> None:
        if depth > self._limits.index_depth:
            self._findings.add(where, "index", "an index", f"indexes are read at most {self._limits.index_depth} deep")
            return
        for number, value in enumerate(member(values, "manifests", list, where, self._findings, required=True) or ()):
            claim = read_descriptor(value, f"{where} manifests[{number}]", self._findings, in_root=where == _INDEX)
            document = self._blobs.document(claim) if claim else None
            if claim is None or claim.digest is None or document is None:
                continue
            if "manifests" in document:
                self._read_index(document, claim.digest.blob_path, report, depth + 1)
            else:
                manifest = read_manifest(document, claim.digest.blob_path, self._findings, self._limits)
                self._read_image(claim, manifest, document, report.findings.get(str(claim.digest)))

    def _read_image(
        self, claim: Claim, manifest: Manifest, document: Object, findings: Optional[Tuple[Finding, ...]]
    ) -> None:
        if findings is None:
            self._findings.add(_REPORT, "manifests", "nothing", f"{claim.digest} is in the layout")
        values = self._blobs.document(manifest.config) if manifest.config else None
        if values is None or manifest.layers is None:
            return
        configuration = read_configuration(values, document, claim.where, self._findings)
        layers: List[Layer] = []
        trees: List[Mapping[str, Node]] = []
        for layer_claim in manifest.layers:
            layer = self._blobs.layer(layer_claim) if layer_claim else None
            if layer is not None and layer_claim is not None and layer_claim.digest is not None:
                layers.append(layer)
                trees.append(self._by_blob.get(layer_claim.digest.blob_path, {}))
        size = sum(layer_claim.size or 0 for layer_claim in manifest.layers if layer_claim)
        unpacked = sum(layer.unpacked for layer in layers)
        platform = configuration.platform
        self._images.append(Image(platform, configuration, applied(trees), size, unpacked, findings or ()))

    def _visit(self, blob: str, entry: Entry, content: Iterator[memoryview]) -> None:
        """Takes an entry of a layer; one of another kind than these was named as a problem."""
        if entry.kind not in _KINDS:
            return
        path = "/" + entry.name.decode("utf-8", "surrogateescape").rstrip("/")
        kind = _KINDS[entry.kind]
        target = entry.target.decode("utf-8", "surrogateescape") if kind == "symlink" else ""
        digest, head = _read(content) if kind == "file" and path in self._contents else ("", b"")
        node = Node(kind, entry.mode, f"{entry.uid}:{entry.gid}", entry.size, target, digest, head)
        self._by_blob.setdefault(blob, {})[path] = node


def applied(layers: Sequence[Mapping[str, Node]]) -> Dict[str, Node]:
    """The files of layers, base first, as they are unpacked one over the other (image-spec 1.1, layer.md, "Changesets over
    existing files"): what takes the place of a directory removes what is below it."""
    tree: Dict[str, Node] = {}
    for nodes in layers:
        gone = {
            path
            for path, node in nodes.items()
            if node.kind != "directory" and path in tree and tree[path].kind == "directory"
        }
        if gone:
            tree = {path: node for path, node in tree.items() if not any(above in gone for above in directories_above(path))}
        tree.update(nodes)
    return tree


def directories_above(path: str) -> Iterator[str]:
    """`/a/b` and `/a` of `/a/b/c`."""
    while path.count("/") > 1:
        path = path.rpartition("/")[0]
        yield path


def _read(content: Iterator[memoryview]) -> Tuple[str, bytes]:
    """(digest, first bytes) of a file."""
    hasher, head = hashlib.sha256(), b""
    for piece in content:
        hasher.update(piece)
        if len(head) < _HEAD:
            head += piece[: _HEAD - len(head)]
    return f"sha256:{hasher.hexdigest()}", head
