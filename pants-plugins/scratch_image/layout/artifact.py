"""A manifest of an artifact: what is not an image but is attached to one (image-spec 1.1, manifest.md, "Guidelines for
Artifact Usage"), in the forms in which tools write it."""

from __future__ import annotations

from typing import List, Tuple

from scratch_image.layout.descriptor import Claim, Rules, read_descriptor
from scratch_image.layout.documents import JsonObject, objects
from scratch_image.layout.limits import Limits
from scratch_image.oci.spec import MEDIA_TYPE_CONFIG

# The layers of attestations that were stored as images, before there were artifacts: BuildKit, cosign.
_LAYERS = (
    "application/vnd.in-toto+json",
    "application/vnd.dsse.envelope.v1+json",
    "application/vnd.dev.cosign.simplesigning.v1+json",
)
# The beginnings of the types of an image's layers, of OCI and of Docker.
_IMAGE_LAYERS = ("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.")


def is_artifact(values: JsonObject, claim: Claim) -> bool:
    """Whether a manifest that `claim` names is not an image: an annotation says so, and it has no layer of an image; or it
    has a subject and not the configuration of an image; or each of its layers is an attestation."""
    config, layers = values.values.get("config"), values.values.get("layers")
    if claim.attests and not any(map(_is_of_image, layers if isinstance(layers, list) else ())):
        return True
    media_type = config.get("mediaType") if isinstance(config, dict) else None
    if isinstance(values.values.get("subject"), dict) and isinstance(media_type, str) and media_type != MEDIA_TYPE_CONFIG:
        return True
    return isinstance(layers, list) and bool(layers) and all(_is_attestation(layer) for layer in layers)


def read_artifact(values: JsonObject, rules: Rules, limits: Limits) -> Tuple[Claim, ...]:
    """The blobs of an artifact, its configuration first; what is wrong in it is a problem."""
    values.strings("annotations")
    config = values.child("config", required=True)
    items: List[object] = values.member("layers", list, required=True) or []
    if len(items) > limits.layers:
        values.problems.broken(values.where, "layers", f"{len(items)} layers", f"at most {limits.layers} are read")
        items = []
    found = (config, *objects(items, values.where, "layers", values.problems))
    return tuple(read_descriptor(each, rules) for each in found if each is not None)


def _is_of_image(layer: object) -> bool:
    return isinstance(layer, dict) and str(layer.get("mediaType")).startswith(_IMAGE_LAYERS)


def _is_attestation(layer: object) -> bool:
    return isinstance(layer, dict) and layer.get("mediaType") in _LAYERS
