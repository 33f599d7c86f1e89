"""Reads what the page shows of an image: its layers, its programs, its report, and its bills of materials."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import replace
from typing import List, Optional, Set, Tuple

from scratch_image.binary.blame import Part, blame
from scratch_image.binary.mapped import mapped
from scratch_image.compare.bill import Component, components
from scratch_image.compare.contents import Contents, files_of
from scratch_image.compare.image import Side
from scratch_image.compare.measure import read_layers, sizes_of
from scratch_image.compare.shown import Finding, Shown
from scratch_image.compare.sizes import ImageSizes
from scratch_image.compare.source import Source
from scratch_image.compare.tree import Item
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.limits import ATTACHED
from scratch_image.layout.problems import Unreadable
from scratch_image.layout.referrers import blob, find_attached
from scratch_image.layout.walk import ArtifactNode, Walk
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import SBOM

_FILE = re.compile(rf"{SBOM}/[A-Za-z0-9][A-Za-z0-9._-]{{0,200}}")
# The types of documents that may be bills of materials, as they are attached.
_TYPES = ("application/vnd.cyclonedx+json", "application/spdx+json", "application/vnd.in-toto+json", "text/spdx+json")


def shown_of(side: Side, source: Optional[Source] = None) -> Shown:
    """What is shown of a side; with what it was read from, its findings and bills of materials as well. Reads all layers.
    Raises OSError, and Unreadable if one is broken, or none is there."""
    if side.blobs is None:
        raise Unreadable("there is only a report, and no layers; name a directory with the layout, or an archive")
    contents = Contents(side.blobs)
    images: List[ImageSizes] = []
    parts: List[Tuple[Part, ...]] = []
    for image in side.images:
        layers = read_layers(image, contents)
        images.append(sizes_of(image, layers))
        parts.append(_parts(contents, files_of(layers).get(images[-1].program.strip("/"))))
    found = Shown(side.name, side.root, tuple(images), tuple(parts), left_out=tuple(dict.fromkeys(contents.unread)))
    return replace(found, findings=_findings(source), components=bills(side, source)) if source else found


def _parts(contents: Contents, item: Optional[Item]) -> Tuple[Part, ...]:
    """The parts of a program."""
    file = contents.open(item) if item and item.node.size else None
    if not file:
        return ()
    with file, mapped(file) as view:
        return blame(view)


def bills(side: Side, source: Source) -> Tuple[Component, ...]:
    """The components in what is attached to the images of a layout; else in the files that `package` wrote beside it, which
    its report names. Raises OSError."""
    documents = _attached(side) or _beside(source)
    return components(documents)


def _attached(side: Side) -> List[bytes]:
    if side.blobs is None:
        return []
    store = side.blobs.store
    subjects: Set[Digest] = set()
    for text in (side.root, *(image.digest for image in side.images)):
        subjects.update((Digest.parse(text),) if text else ())
    claims: List[Claim] = [claim for each in find_attached(store, subjects, ATTACHED) for claim in each.layers]
    # BuildKit's are manifests in the index.
    walk = Walk(Blobs(store, side.blobs.problems, ATTACHED))
    claims += [claim for node in walk.from_index_json() if isinstance(node, ArtifactNode) for claim in node.blobs]
    wanted = [claim for claim in claims if claim.media_type in _TYPES]
    return [content for content in (blob(store, claim, ATTACHED) for claim in wanted) if content]


def _beside(source: Source) -> List[bytes]:
    entries = (source.report.children("attestations") if source.report else None) or ()
    found = []
    for entry in entries:
        path = (entry.member("path", str) if entry else None) or ""
        document = entry.child("document") if entry else None
        digest = (document.member("digest", str) if document else None) or ""
        file = os.path.join(source.name, path)
        # The report is a stranger's as well: it may name no other file.
        if _FILE.fullmatch(path) and os.path.isfile(file) and not os.path.islink(file):
            with open(file, "rb") as opened:
                content = opened.read(ATTACHED.json + 1)
            found += [content] if digest == f"sha256:{hashlib.sha256(content).hexdigest()}" else []
    return found


def _findings(source: Source) -> Tuple[Finding, ...]:
    """Each finding in a report, once for all platforms."""
    entries = (source.report.children("manifests") if source.report else None) or ()
    found = [finding for entry in entries if entry for finding in entry.children("findings") or () if finding]
    rows = [tuple(finding.member(name, str) or "" for name in ("check", "severity", "text")) for finding in found]
    return tuple(dict.fromkeys((check, severity, text) for check, severity, text in rows))
