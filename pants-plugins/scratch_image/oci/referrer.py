"""An artifact that is attached to an image: a document in a manifest with a `subject` (image-spec 1.1, manifest.md,
"Guidelines for Artifact Usage"). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping

from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_MANIFEST, Descriptor

# manifest.md, "Guidance for an Empty Descriptor": the configuration of a manifest that needs none.
EMPTY = b"{}"
MEDIA_TYPE_EMPTY = "application/vnd.oci.empty.v1+json"
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Referrer:
    """A document that is attached to `subject`, and the manifest that attaches it, as bytes; `descriptor` is that of the
    manifest, with its `artifactType` and annotations, as the list of referrers of an image has it."""

    subject: Digest
    descriptor: Descriptor
    manifest: bytes
    content: bytes

    @property
    def documents(self) -> Dict[str, bytes]:
        """Path in a layout → content: the document, the empty configuration, and the manifest, which names both."""
        blobs = (self.content, EMPTY, self.manifest)
        return {Digest.of(blob).blob_path: blob for blob in blobs}


def referrer(subject: Descriptor, media_type: str, content: bytes, annotations: Mapping[str, str] = _NONE) -> Referrer:
    """Attaches a document to the manifest or index `subject`, of which media type, digest and size count.

    `media_type` is that of the layer and the `artifactType`: readers look for either. `annotations` are the manifest's.
    """
    layer = Descriptor(media_type, Digest.of(content), len(content))
    manifest = canonical_json.encode(
        {
            "schemaVersion": 2,
            "mediaType": MEDIA_TYPE_MANIFEST,
            "artifactType": media_type,
            "config": Descriptor(MEDIA_TYPE_EMPTY, Digest.of(EMPTY), len(EMPTY)).to_dict(),
            "layers": [layer.to_dict()],
            "subject": Descriptor(subject.media_type, subject.digest, subject.size).to_dict(),
            **({"annotations": dict(annotations)} if annotations else {}),
        }
    )
    descriptor = Descriptor(
        MEDIA_TYPE_MANIFEST, Digest.of(manifest), len(manifest), annotations=dict(annotations), artifact_type=media_type
    )
    return Referrer(subject.digest, descriptor, manifest, content)
