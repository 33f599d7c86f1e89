"""What is attached to an image, as a registry gets it: a manifest with a `subject`, and its blobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.referrers import find_attached
from scratch_image.layout.store import DirectoryStore
from scratch_image.oci.digest import Digest
from scratch_image.oci.referrer import EMPTY, Referrer
from scratch_image.oci.spec import MEDIA_TYPE_MANIFEST, Descriptor
from scratch_image.registry.errors import InvalidLayout
from scratch_image.registry.layout import BlobInMemory, Document, blobs_of

# trivy takes the first of a list that it can read, and warns of those before it.
SBOM_TYPES = ("application/vnd.cyclonedx+json", "application/spdx+json")
PREDICATE_TYPE = "dev.sigstore.bundle.predicateType"
"""The annotation by which cosign names what a Sigstore bundle states."""
_CURE = "package the image again"


@dataclass(frozen=True)
class Artifact:
    """`document` is the manifest, and `subject` the digest of what it is attached to."""

    document: Document
    subject: Digest
    artifact_type: str
    annotations: Mapping[str, str]

    @classmethod
    def of(cls, made: Referrer) -> Artifact:
        """What was made in this process."""
        blobs = (BlobInMemory.of(made.content),)
        document = Document(made.descriptor.digest, made.manifest, MEDIA_TYPE_MANIFEST, blobs, (BlobInMemory.of(EMPTY),))
        return cls(document, made.subject, made.descriptor.artifact_type or "", made.descriptor.annotations)

    @property
    def digest(self) -> Digest:
        """The digest of the manifest."""
        return self.document.digest

    @property
    def kind(self) -> str:
        """What it is, for people: the type of a bundle's statement, or its own type."""
        return self.annotations.get(PREDICATE_TYPE, self.artifact_type)

    @property
    def entry(self) -> Dict[str, object]:
        """Its descriptor in a list of referrers (distribution-spec 1.1.1, "Referrers Tag Schema")."""
        size = len(self.document.content)
        descriptor = Descriptor(
            MEDIA_TYPE_MANIFEST, self.digest, size, annotations=self.annotations, artifact_type=self.artifact_type
        )
        return descriptor.to_dict()


def rank(artifact_type: object) -> int:
    """The place of a kind of artifact in a list: SBOMs first."""
    return 0 if artifact_type in SBOM_TYPES else 1


def read_attached(directory: str, document: Document) -> Dict[Digest, Tuple[Artifact, ...]]:
    """What is attached in a layout to a document and to those below it, SBOMs first. Raises InvalidLayout."""
    try:
        store = DirectoryStore(directory, Problems(0), DEFAULT)
        found = find_attached(store, {each.digest for each in document.walk()}, DEFAULT)
        problems = Problems(1)
        blobs = Blobs(store, problems, DEFAULT)
        made: Dict[Digest, Tuple[Artifact, ...]] = {}
        for each in sorted(found, key=lambda attached: (rank(attached.artifact_type), str(attached.digest))):
            layers, config = (blobs_of(claims, directory, blobs) for claims in (each.layers, (each.config,)))
            of_it = Document(each.digest, each.manifest, MEDIA_TYPE_MANIFEST, layers, config)
            new = Artifact(of_it, each.subject, each.artifact_type, each.annotations)
            made[each.subject] = (*made.get(each.subject, ()), new)
    except (OSError, Unreadable) as error:
        why = getattr(error, "strerror", None) or error
        raise InvalidLayout(f"the layout {directory} cannot be read: {why}", _CURE) from None
    if problems.problems:
        raise InvalidLayout(f"the layout {directory} is not valid: {problems.problems[0]}", _CURE)
    return made
