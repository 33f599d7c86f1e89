"""What of an image is signed: its root, and below an index the manifest of each platform, so that an image is verified by
whichever digest it is pulled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List, Optional, Tuple

from scratch_image.layout.artifact import is_artifact
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim, Rules, read_descriptor
from scratch_image.layout.documents import JsonObject, parse
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.store import read
from scratch_image.oci.names import INDEX
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Descriptor

# image-spec 1.1, annotations.md; BuildKit, docs/attestations/attestation-storage.md.
_REF_NAME = "org.opencontainers.image.ref.name"
_ATTESTATION = "vnd.docker.reference.type"
# distribution-spec 1.1.1, "Referrers Tag Schema".
FALLBACK_TAG = "sha256-"


@dataclass(frozen=True)
class Subject:
    """A manifest or an index; `name` is what it is in messages: its platform, or `index`."""

    descriptor: Descriptor
    name: str


def subjects(blobs: Blobs) -> Tuple[Subject, ...]:
    """The subjects of the one image in a layout, the root first. Raises Unreadable, also for a layout that is not valid, and
    what the store raises."""
    found: List[Subject] = []
    _take(_root(blobs), blobs, found, 1)
    return tuple(found)


def _root(blobs: Blobs) -> Claim:
    """The image that index.json names. Other tools write what is attached to an image there as well."""
    content = read(blobs.store, INDEX, blobs.problems, blobs.limits)
    values = None if content is None else parse(content, INDEX, blobs.problems, blobs.limits)
    entries = values.children("manifests", required=True) if values else None
    images = [entry for entry in entries or () if entry and not _is_attached(entry, blobs)]
    raise_problem(blobs.problems)
    if len(images) != 1:
        names = ", ".join(_ref_name(each) or str(each.values.get("digest")) for each in images[:5])
        raise Unreadable(f"index.json names {len(images)} images{': ' * bool(names)}{names}; expected one")
    return read_descriptor(images[0], Rules())


def _is_attached(entry: JsonObject, blobs: Blobs) -> bool:
    """Whether an entry is a referrer, or a list of referrers, instead of an image. What it is decides, and not its
    annotations: nobody has signed them, and an image that they hide is one that nobody verifies."""
    claim = read_descriptor(entry, Rules())
    document = blobs.document(claim)
    if document is None or not _is_index(document):
        return document is not None and _is_artifact(document, claim)
    listed = [read_descriptor(each, Rules()) for each in document.children("manifests") or () if each]
    if not listed:
        return _ref_name(entry).startswith(FALLBACK_TAG)
    return all(_names_artifact(each, blobs) for each in listed)


def _names_artifact(claim: Claim, blobs: Blobs) -> bool:
    document = blobs.document(claim)
    return document is not None and not _is_index(document) and _is_artifact(document, claim)


def _is_artifact(document: JsonObject, claim: Claim) -> bool:
    return is_artifact(document, replace(claim, attests=False))


def _is_index(document: JsonObject) -> bool:
    return "manifests" in document.values and "config" not in document.values


def _ref_name(entry: JsonObject) -> str:
    return _annotation(entry, _REF_NAME)


def _is_attestation(entry: JsonObject) -> bool:
    return _annotation(entry, _ATTESTATION) == "attestation-manifest"


def _annotation(entry: JsonObject, name: str) -> str:
    annotations = entry.values.get("annotations")
    value = annotations.get(name) if isinstance(annotations, dict) else None
    return value if isinstance(value, str) else ""


def _take(claim: Claim, blobs: Blobs, found: List[Subject], depth: int) -> None:
    values = blobs.document(claim)
    raise_problem(blobs.problems)
    if values is None or claim.digest is None:
        raise Unreadable(f"{claim.where}: the document that it names cannot be read")
    is_index = _is_index(values)
    limits = blobs.limits
    if depth > limits.index_depth or len(found) >= limits.manifests:
        raise Unreadable(f"indexes are read at most {limits.index_depth} deep, with at most {limits.manifests} manifests")
    # Images of Docker's own media types are signed as what they are.
    media_type = claim.media_type or (MEDIA_TYPE_INDEX if is_index else MEDIA_TYPE_MANIFEST)
    descriptor = Descriptor(media_type, claim.digest, blobs.store.sizes[claim.digest.blob_path])
    if descriptor.digest not in {each.descriptor.digest for each in found}:
        found.append(Subject(descriptor, "index" if is_index else str(claim.platform or "image")))
    for entry in values.children("manifests", required=True) or () if is_index else ():
        if entry and not _is_attestation(entry):
            _take(read_descriptor(entry, Rules()), blobs, found, depth + 1)


def raise_problem(problems: Problems) -> None:
    """Raises Unreadable with the first problem, if there is one."""
    problem: Optional[object] = next(iter(problems.problems), None)
    if problem:
        raise Unreadable(f"the layout is not valid: {problem}")
