"""Attestations in a layout, as tools write them: entries of an index, or blobs that nothing but their own `subject` ties to
an image. They are read as what they are, and not as images."""

from __future__ import annotations

from typing import FrozenSet, Iterable, Sequence, Set

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.referrers import abouts
from scratch_image.layout.walk import ArtifactNode, DocumentNode, IndexNode, Walk
from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_MANIFEST


def attesting(nodes: Sequence[DocumentNode]) -> FrozenSet[Digest]:
    """The digests of the documents that are no part of an image: artifacts, and indexes of nothing else, as the fallback of
    the referrers API is (distribution-spec 1.1, "Referrers Tag Schema")."""
    found: Set[Digest] = {node.claim.digest for node in nodes if isinstance(node, ArtifactNode) and node.claim.digest}
    for node in reversed(nodes):
        digest = node.claim.digest if isinstance(node, IndexNode) and node.claim and node.entries else None
        if digest and isinstance(node, IndexNode) and all(entry.digest in found for entry in node.entries):
            found.add(digest)
    return frozenset(found)


def check_artifacts(nodes: Iterable[DocumentNode], walk: Walk, blobs: Blobs, quick: bool) -> None:
    """Hashes what artifacts name, or if `quick` looks whether it is there: of the artifacts of the walk, and of those among
    the other blobs that are about a document which is there. Raises what `abouts` raises."""
    for node in nodes:
        if isinstance(node, ArtifactNode):
            _check(node, blobs, quick)
    # Path of a blob that no descriptor names → path of the document that it is about, which is there.
    loose = abouts(blobs.store, blobs.unnamed(), blobs.limits)
    waiting = {each.path: each.subject.blob_path for each in loose if each.subject.blob_path in blobs.store.sizes}
    found = True
    while found:
        # What is about an artifact is known once that artifact is.
        found = False
        unnamed = set(blobs.unnamed())
        for path in [path for path, subject in waiting.items() if path in unnamed and subject not in unnamed]:
            digest = Digest(path[-64:])
            claim = Claim(path, MEDIA_TYPE_MANIFEST, digest, blobs.store.sizes[path])
            for node in walk.from_descriptor(claim):
                if isinstance(node, ArtifactNode):
                    _check(node, blobs, quick)
            del waiting[path]
            found = True


def _check(node: ArtifactNode, blobs: Blobs, quick: bool) -> None:
    for claim in node.blobs:
        if quick:
            blobs.find(claim)
        else:
            blobs.check(claim)
