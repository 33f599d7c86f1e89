"""A manifest: which configuration and which layers it names (image-spec 1.1, manifest.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from scratch_image.layout.descriptor import Claim, read_descriptor
from scratch_image.layout.documents import Object, member, strings
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Findings, shown
from scratch_image.oci.spec import MEDIA_TYPE_CONFIG


@dataclass(frozen=True)
class Manifest:
    """The descriptors of a manifest. One that is wrong is None; `layers` is None where there is no list."""

    config: Optional[Claim]
    layers: Optional[Tuple[Optional[Claim], ...]]

    @property
    def is_whole(self) -> bool:
        claims = (self.config, *((None,) if self.layers is None else self.layers))
        return all(claim is not None and claim.digest is not None for claim in claims)


def read_manifest(values: Object, where: str, findings: Findings, limits: Limits) -> Manifest:
    """Reads and checks a manifest; the path of its blob is `where`."""
    strings(values, "annotations", where, findings)
    config = member(values, "config", dict, where, findings, required=True)
    claim = None if config is None else read_descriptor(config, f"{where} config", findings)
    if claim is not None and claim.media_type not in (None, MEDIA_TYPE_CONFIG):
        findings.add(claim.where, "mediaType", shown(claim.media_type), MEDIA_TYPE_CONFIG)
    layers = member(values, "layers", list, where, findings, required=True)
    if layers is None:
        return Manifest(claim, None)
    # manifest.md, "layers": at least one, for portability.
    if not layers:
        findings.add(where, "layers", "no layer", "an image has at least one")
    if len(layers) > limits.layers:
        findings.add(where, "layers", f"{len(layers)} layers", f"container engines take at most {limits.layers}")
        return Manifest(claim, None)
    claims = (read_descriptor(value, f"{where} layers[{number}]", findings) for number, value in enumerate(layers))
    return Manifest(claim, tuple(claims))
