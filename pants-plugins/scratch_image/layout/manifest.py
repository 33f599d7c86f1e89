"""A manifest: which configuration and which layers it names (image-spec 1.1, manifest.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Mapping, Optional, Tuple

from scratch_image.layout.descriptor import Claim, Rules, read_descriptor
from scratch_image.layout.documents import JsonObject, objects
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import shown
from scratch_image.oci.spec import MEDIA_TYPE_CONFIG


@dataclass(frozen=True)
class ClaimedManifest:
    """What a manifest states: `config`, `layers` (base first) and annotations. A descriptor that is wrong is None; `layers`
    is None where there is no list, or one that is too long."""

    config: Optional[Claim]
    layers: Optional[Tuple[Optional[Claim], ...]]
    annotations: Mapping[str, str]

    @property
    def is_whole(self) -> bool:
        """Whether the digest of each of its blobs is known."""
        claims = (self.config, *((None,) if self.layers is None else self.layers))
        return all(claim is not None and claim.digest is not None for claim in claims)


def read_manifest(values: JsonObject, rules: Rules, limits: Limits) -> ClaimedManifest:
    """Reads a manifest; what is wrong in it is a problem."""
    annotations = values.strings("annotations")
    config = values.child("config", required=True)
    config_claim = None if config is None else read_descriptor(config, rules)
    if config_claim and config_claim.media_type not in (None, MEDIA_TYPE_CONFIG):
        values.problems.mismatch(config_claim.where, "mediaType", shown(config_claim.media_type), MEDIA_TYPE_CONFIG)
    return ClaimedManifest(config_claim, _layers(values, rules, limits), annotations)


def _layers(values: JsonObject, rules: Rules, limits: Limits) -> Optional[Tuple[Optional[Claim], ...]]:
    items: Optional[List[object]] = values.member("layers", list, required=True)
    if items is None:
        return None
    number = f"{len(items)} layers"
    # manifest.md, "layers": at least one, for portability.
    if not items:
        values.problems.broken(values.where, "layers", number, "an image has at least one layer")
    if len(items) > limits.layers:
        rule = f"{number}; container engines take at most {limits.layers}"
        values.problems.broken(values.where, "layers", number, rule)
        return None
    found = objects(items, values.where, "layers", values.problems)
    return tuple(None if layer is None else read_descriptor(layer, rules) for layer in found)
