"""The documents about an image, and the manifests that attach them to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, Optional, Sequence, Tuple

from scratch_image.attest import provenance
from scratch_image.attest.bom import Bom, Declared, Image, bom_of_image, bom_of_index
from scratch_image.attest.formats import SBOM_FORMATS
from scratch_image.attest.provenance import Build, Material, statement
from scratch_image.oci import names
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.oci.referrer import Referrer, referrer
from scratch_image.oci.spec import Descriptor

# The annotation of BuildKit for the type of a statement (docs/attestations/attestation-storage.md).
PREDICATE_TYPE = "in-toto.io/predicate-type"


@dataclass(frozen=True)
class Attachment:
    """A document about the manifest or index that `referrer` is attached to; `path` is that of its file in the directory of
    the image in dist/, and `predicate_type` that of a statement that holds it. `platform` is None for an index."""

    path: str
    predicate_type: str
    platform: Optional[Platform]
    referrer: Referrer

    def to_dict(self) -> Dict[str, object]:
        """An entry of `attestations` in `image.json`."""
        manifest, document = self.referrer.descriptor, self.referrer.content
        return {
            "subject": str(self.referrer.subject),
            **({"platform": str(self.platform)} if self.platform else {}),
            "artifactType": manifest.artifact_type,
            "predicateType": self.predicate_type,
            "path": self.path,
            "document": {"digest": str(Digest.of(document)), "size": len(document)},
            "digest": str(manifest.digest),
            "size": manifest.size,
        }


@dataclass(frozen=True)
class Attested:
    """What is attached to an image or an index. `declared` is what the bills of materials have that is not in the layers;
    without any, None."""

    attachments: Tuple[Attachment, ...] = ()
    declared: Optional[Declared] = None

    @property
    def files(self) -> Dict[str, bytes]:
        """Path in the directory of the image in dist/ → content."""
        return {each.path: each.referrer.content for each in self.attachments}

    @property
    def blobs(self) -> Dict[str, bytes]:
        """Path in the layout → content."""
        return {path: content for each in self.attachments for path, content in each.referrer.documents.items()}

    def to_dict(self) -> Dict[str, object]:
        """Members of `image.json`; none where nothing is attached."""
        members: Dict[str, object] = {}
        if self.attachments:
            members["attestations"] = [each.to_dict() for each in self.attachments]
        return {**members, "sbom": self.declared.to_dict()} if self.declared else members


NOTHING = Attested()


def sboms(
    formats: Sequence[str], subjects: Iterable[Tuple[Descriptor, Image]], index: Optional[Descriptor], declared: Declared
) -> Tuple[Attachment, ...]:
    """The bills of materials of images, each with the descriptor of its manifest, and of the index that they are in, if they
    are; in the order of the images, the index last."""
    pairs = tuple(subjects)
    found = [
        attachment
        for descriptor, image in pairs
        for attachment in _attached(formats, descriptor, image.platform, bom_of_image(image, declared))
    ]
    if index:
        bom = bom_of_index(index.digest, [image for _, image in pairs], declared)
        found.extend(_attached(formats, index, None, bom))
    return tuple(found)


def provenances(
    subjects: Iterable[Tuple[Descriptor, Optional[Platform], Sequence[Material]]], name: str, build: Build
) -> Tuple[Attachment, ...]:
    """The provenance of images and of their index, each with its platform, None for the index, and with its materials."""
    annotations = {PREDICATE_TYPE: provenance.PREDICATE_TYPE}
    return tuple(
        Attachment(
            f"{names.PROVENANCE}/{file_name(platform)}.intoto.json",
            provenance.PREDICATE_TYPE,
            platform,
            referrer(subject, provenance.MEDIA_TYPE, statement(name, subject.digest, build, materials), annotations),
        )
        for subject, platform, materials in subjects
    )


def _attached(formats: Sequence[str], subject: Descriptor, platform: Optional[Platform], bom: Bom) -> Iterator[Attachment]:
    for name in formats:
        of = SBOM_FORMATS[name]
        path = f"{names.SBOM}/{file_name(platform)}.{of.ending}"
        yield Attachment(path, of.predicate_type, platform, referrer(subject, of.media_type, of.document(bom)))


def file_name(platform: Optional[Platform]) -> str:
    """The beginning of the name of a document's file: `linux-arm-v7`, or `index`."""
    return str(platform).replace("/", "-") if platform else "index"
