"""The walk over an image: from index.json, or from a descriptor, over nested indexes to the manifests.

One document is in memory at a time. What it is decides, not what it is called, so that a wrong name does not hide what is
below it; the names that do not fit are problems.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Optional, Tuple, Union

from scratch_image.layout.artifact import is_artifact, read_artifact
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim, Rules, read_descriptor
from scratch_image.layout.documents import JsonObject, parse
from scratch_image.layout.manifest import ClaimedManifest, read_manifest
from scratch_image.layout.problems import shown
from scratch_image.layout.store import read
from scratch_image.oci.names import INDEX
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST


@dataclass(frozen=True)
class IndexNode:
    """An index: `claim`, the descriptor that names it, which is None for index.json, and `entries`, the descriptors in it
    that are objects."""

    claim: Optional[Claim]
    entries: Tuple[Claim, ...]


@dataclass(frozen=True)
class ManifestNode:
    """A manifest, and `claim`, the descriptor that names it."""

    claim: Claim
    manifest: ClaimedManifest


@dataclass(frozen=True)
class ArtifactNode:
    """A manifest of what is not an image but about one, such as a signature; `claim` is the descriptor that names it, and
    `blobs` are those that it names."""

    claim: Claim
    blobs: Tuple[Claim, ...]


DocumentNode = Union[IndexNode, ManifestNode, ArtifactNode]


class Walk:
    """Walks once; `rules`, if any, are given each document. What cannot be read, or is beyond the limits, is a problem of
    `blobs`, and is left out. Raises OSError."""

    def __init__(self, blobs: Blobs, rules: Optional[Rules] = None) -> None:
        self._blobs, self._rules = blobs, rules or Rules()
        self._entries = 0

    def from_index_json(self) -> Iterator[DocumentNode]:
        """index.json, and all below it: each index before what it names, in its order."""
        node = self._index_json()
        if node:
            yield node
            for entry in node.entries:
                yield from self.from_descriptor(entry)

    def from_descriptor(self, claim: Claim, depth: int = 1) -> Iterator[DocumentNode]:
        """The document that a descriptor names, and all below it, in the same order."""
        node = self._node(claim, depth)
        if node:
            yield node
        if isinstance(node, IndexNode):
            for entry in node.entries:
                yield from self.from_descriptor(entry, depth + 1)

    def _index_json(self) -> Optional[IndexNode]:
        blobs = self._blobs
        content = read(blobs.store, INDEX, blobs.problems, blobs.limits)
        values = None if content is None else parse(content, INDEX, blobs.problems, blobs.limits)
        if values is None:
            blobs.complete = False
            return None
        return self._index(None, values)

    def _node(self, claim: Claim, depth: int) -> Optional[DocumentNode]:
        blobs, limits = self._blobs, self._blobs.limits
        self._entries += 1
        if depth > limits.index_depth or self._entries > limits.manifests:
            rule = f"indexes are read at most {limits.index_depth} deep, and at most {limits.manifests} of their entries"
            blobs.problems.broken(claim.where, "manifest", "a manifest", rule)
            blobs.complete = False
            return None
        values = blobs.document(claim)
        if values is None:
            return None
        is_index = "manifests" in values.values and "config" not in values.values
        media_type = MEDIA_TYPE_INDEX if is_index else MEDIA_TYPE_MANIFEST
        if claim.media_type not in (None, media_type):
            blobs.problems.mismatch(claim.where, "mediaType", shown(claim.media_type), media_type)
        if is_index:
            return self._index(claim, values)
        self._check_type(values, media_type)
        if is_artifact(values, claim):
            named = read_artifact(values, self._rules, limits)
            blobs.complete = blobs.complete and all(blob.digest for blob in named)
            return ArtifactNode(claim, named)
        manifest = read_manifest(values, self._rules, limits)
        blobs.complete = blobs.complete and manifest.is_whole
        return ManifestNode(claim, manifest)

    def _index(self, claim: Optional[Claim], values: JsonObject) -> IndexNode:
        self._check_type(values, MEDIA_TYPE_INDEX)
        items = values.children("manifests", required=True)
        entries = tuple(read_descriptor(item, self._rules) for item in items or () if item is not None)
        if items is None or len(entries) < len(items):
            self._blobs.complete = False
        return IndexNode(claim, entries)

    def _check_type(self, values: JsonObject, expected: str) -> None:
        """CVE-2021-41190: a document that could be either is accepted as both unless it states its media type."""
        stated = values.member("mediaType", str, required=True)
        if stated not in (None, expected):
            values.mismatch("mediaType", shown(stated), expected)
        self._rules.document(values, expected)
