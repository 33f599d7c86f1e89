"""One platform's image: from layers and settings to the blobs of its config and manifest. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Tuple

from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import (
    MEDIA_TYPE_CONFIG,
    MEDIA_TYPE_MANIFEST,
    Descriptor,
    ImageConfig,
    Manifest,
    RunConfig,
)


@dataclass(frozen=True)
class Layer:
    """A layer of an image. `created_by` is its line in the image's history."""

    descriptor: Descriptor
    diff_id: Digest
    created_by: str


@dataclass(frozen=True)
class Image:
    """An image's two documents, as the bytes that their descriptors name."""

    platform: Platform
    config: bytes
    config_descriptor: Descriptor
    manifest: bytes
    manifest_descriptor: Descriptor
    layers: Tuple[Layer, ...] = field(default=())


def build_image(
    platform: Platform, run: RunConfig, created: str, annotations: Mapping[str, str], layers: Tuple[Layer, ...]
) -> Image:
    """Makes the config and the manifest; `layers` base first, `created` RFC 3339."""
    diff_ids = tuple(layer.diff_id for layer in layers)
    history = tuple(layer.created_by for layer in layers)
    config = canonical_json.encode(ImageConfig(platform, run, diff_ids, history, created).to_dict())
    config_descriptor = _descriptor(MEDIA_TYPE_CONFIG, config)
    descriptors = tuple(layer.descriptor for layer in layers)
    manifest = canonical_json.encode(Manifest(config_descriptor, descriptors, annotations).to_dict())
    return Image(platform, config, config_descriptor, manifest, _descriptor(MEDIA_TYPE_MANIFEST, manifest), layers)


def _descriptor(media_type: str, content: bytes) -> Descriptor:
    return Descriptor(media_type, Digest.of(content), len(content))
