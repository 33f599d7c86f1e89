"""What is attached to an image in a layout: manifests with a `subject` (image-spec 1.1, manifest.md), which need no entry in
index.json. Other tools leave them in `blobs/` as well: cosign, oras, regctl."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Set, Tuple

from scratch_image.layout.descriptor import Claim, Rules, read_descriptor
from scratch_image.layout.documents import parse, parse_any
from scratch_image.layout.limits import PIECE, Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.store import BLOB, Store
from scratch_image.oci.digest import Digest
from scratch_image.oci.numbers import counted


@dataclass(frozen=True)
class Attached:
    """A manifest with a subject: its digest and its bytes, its `artifact_type` and annotations, and the descriptors of its
    configuration and of its layers. `subject` is the digest of the image that it is attached to."""

    digest: Digest
    manifest: bytes
    subject: Digest
    artifact_type: str
    annotations: Mapping[str, str]
    config: Claim
    layers: Tuple[Claim, ...]

    @property
    def blobs(self) -> Tuple[Claim, ...]:
        """What it needs: its layers, then its configuration."""
        return (*self.layers, self.config)


class About(NamedTuple):
    """A document that says which other one it is about: its path and its bytes, and the digest of its `subject`."""

    path: str
    content: bytes
    subject: Digest


def find_attached(store: Store, subjects: Set[Digest], limits: Limits) -> Tuple[Attached, ...]:
    """All that is attached to some manifests and indexes, by the digests of the manifests that attach it. Of a file that is
    not such a manifest nothing is said. Raises what `abouts` raises."""
    found: List[Attached] = []
    for each in abouts(store, filter(BLOB.fullmatch, store.sizes), limits):
        attached = read_attached(each.content, limits) if each.subject in subjects else None
        if attached and attached.digest.blob_path == each.path:
            found.append(attached)
    return tuple(found)


def abouts(store: Store, paths: Iterable[str], limits: Limits) -> Iterator[About]:
    """Those of some blobs that have a `subject`, and at most PIECE bytes, in the order of their paths. Of what is not a JSON
    object no more than a piece is read. Raises Unreadable beyond `limits.orphans`, and OSError."""
    left = limits.orphans
    for path in sorted(paths):
        size = store.sizes[path]
        content = _object(store, path) if size <= PIECE else b""
        left -= len(content)
        if left < 0:
            raise Unreadable(
                f"what is attached to images is looked for in {counted(limits.orphans, 'byte')} of documents, "
                f"and the layout has more; remove from its blobs what nobody needs"
            )
        subject = _subject(content, limits)
        if subject:
            yield About(path, content, subject)


def read_attached(content: bytes, limits: Limits) -> Optional[Attached]:
    """The manifest with a subject that a document is; None if it is anything else, or breaks a rule."""
    problems = Problems(1)
    values = parse(content, "", problems, limits)
    subject = values.child("subject", required=True) if values else None
    config = values.child("config", required=True) if values and subject else None
    items = values.children("layers", required=True) if values and config else None
    if not values or not subject or not config or items is None:
        return None
    named, config_claim = (read_descriptor(each, Rules()) for each in (subject, config))
    layers = tuple(read_descriptor(item, Rules()) for item in items if item)
    # manifest.md, "artifactType": without it, the media type of the configuration says what it is.
    kind = values.member("artifactType", str) or config_claim.media_type
    annotations = values.strings("annotations")
    if problems.problems or named.digest is None or kind is None or len(layers) > limits.layers:
        return None
    return Attached(Digest.of(content), content, named.digest, kind, annotations, config_claim, layers)


def blob(store: Store, claim: Claim, limits: Limits) -> Optional[bytes]:
    """The bytes of a document that is attached, by its descriptor; None if they are not there, are other ones, or have more
    than `limits.json`. Raises OSError."""
    path = claim.digest.blob_path if claim.digest else ""
    if not path or store.sizes.get(path, limits.json + 1) > limits.json:
        return None
    content = b"".join(store.chunks(path))
    return content if path.endswith(hashlib.sha256(content).hexdigest()) else None


def by_subject(attached: Tuple[Attached, ...]) -> Dict[Digest, List[Attached]]:
    """What is attached to each manifest or index."""
    found: Dict[Digest, List[Attached]] = {}
    for each in attached:
        found.setdefault(each.subject, []).append(each)
    return found


def _object(store: Store, path: str) -> bytes:
    """The bytes of a file that begins as a JSON object does; no more is read of another one, and it is empty."""
    pieces: Iterator[bytes] = store.chunks(path)
    first = next(pieces, b"")
    return b"".join((first, *pieces)) if first[:1] == b"{" else b""


def _subject(content: bytes, limits: Limits) -> Optional[Digest]:
    values = parse_any(content, "", Problems(0), limits) if b'"subject"' in content else None
    subject = values.get("subject") if isinstance(values, dict) and "layers" in values else None
    digest = subject.get("digest") if isinstance(subject, dict) else None
    try:
        return Digest.parse(digest) if isinstance(digest, str) else None
    except ValueError:
        return None
