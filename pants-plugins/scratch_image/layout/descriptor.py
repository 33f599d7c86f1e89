"""Descriptors and platforms as documents have them (image-spec 1.1, descriptor.md and image-index.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from scratch_image.layout.documents import JsonObject
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform

# moby/buildkit, docs/attestations/attestation-storage.md.
_BUILDKIT = ("vnd.docker.reference.type", "attestation-manifest")
# sigstore/cosign, pkg/oci/layout/write.go.
_COSIGN = tuple(f"dev.cosignproject.cosign/{kind}" for kind in ("sigs", "atts", "sboms"))


@dataclass(frozen=True)
class Claim:
    """What a descriptor states, and `where` it stands; `size` is in bytes. What is wrong or absent is None. `has_platform`
    is whether a platform is stated, right or wrong; `attests` whether an annotation says that this is not an image but
    about one."""

    where: str
    media_type: Optional[str]
    digest: Optional[Digest]
    size: Optional[int]
    platform: Optional[Platform] = None
    has_platform: bool = False
    attests: bool = False


class Rules:
    """What is checked of documents beside what they are read for, while they are in memory. Here: nothing."""

    def document(self, values: JsonObject, media_type: str) -> None:
        """Is given each index and manifest, and the media type of its kind."""

    def descriptor(self, values: JsonObject, claim: Claim) -> None:
        """Is given each descriptor, and what was read of it."""


def read_descriptor(values: JsonObject, rules: Rules) -> Claim:
    """Reads a descriptor; what is wrong in it is a problem."""
    media_type = values.member("mediaType", str, required=True)
    digest = values.member("digest", str, required=True)
    size = values.member("size", int, required=True)
    if size is not None and size < 0:
        values.broken("size", size, f"expected a size of at least 0, got {size}")
        size = None
    attests = _attests(values.values.get("annotations"))
    platform = values.child("platform")
    # BuildKit gives attestations the platform unknown/unknown, so that no runtime takes them.
    is_unknown = (
        attests
        and platform is not None
        and ([platform.values.get("os"), platform.values.get("architecture")] == ["unknown", "unknown"])
    )
    claim = Claim(
        values.where,
        media_type,
        None if digest is None else read_digest(digest, "digest", values),
        size,
        None if is_unknown else read_platform(platform),
        "platform" in values.values,
        attests,
    )
    rules.descriptor(values, claim)
    return claim


def _attests(annotations: object) -> bool:
    """Whether the annotations are those of BuildKit's attestations, or of what cosign saves beside an image."""
    if not isinstance(annotations, dict):
        return False
    return annotations.get(_BUILDKIT[0]) == _BUILDKIT[1] or annotations.get("kind") in _COSIGN


def read_digest(value: object, what: str, values: JsonObject) -> Optional[Digest]:
    """A digest, or None and a problem of `what` in `values` (descriptor.md, "Digests": the registered algorithm sha256)."""
    try:
        if isinstance(value, str):
            return Digest.parse(value)
    except ValueError:
        pass
    values.expected(what, "a string of 'sha256:' and 64 lower-case hexadecimal digits", value)
    return None


def read_platform(values: Optional[JsonObject]) -> Optional[Platform]:
    """`os`, `architecture` and `variant` of a platform object or of a configuration; None if absent or wrong."""
    if values is None:
        return None
    system = values.member("os", str, required=True)
    architecture = values.member("architecture", str, required=True)
    variant = values.member("variant", str)
    if system is None or architecture is None:
        return None
    text = "/".join((system, architecture) if variant is None else (system, architecture, variant))
    try:
        return Platform.parse(text)
    except ValueError as error:
        values.broken("platform", text, str(error))
        return None
