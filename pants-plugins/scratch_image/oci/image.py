"""One platform's image: from layers and settings to the blobs of its config and manifest. Pure."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Dict, Mapping, Tuple

from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import (
    MEDIA_TYPE_CONFIG,
    MEDIA_TYPE_INDEX,
    MEDIA_TYPE_MANIFEST,
    Descriptor,
    ImageConfig,
    ImageIndex,
    Manifest,
    RunConfig,
)


@dataclass(frozen=True)
class ImageLayer:
    """What an image says of one of its layers: `descriptor` of the blob, `diff_id` of the tar archive in the blob, and
    `created_by`, its line in the image's history."""

    descriptor: Descriptor
    diff_id: Digest
    created_by: str


@dataclass(frozen=True)
class BuiltImage:
    """An image's two documents, `config` and `manifest`, as bytes, and their descriptors; `layers` are base first."""

    platform: Platform
    config: bytes
    config_descriptor: Descriptor
    manifest: bytes
    manifest_descriptor: Descriptor
    layers: Tuple[ImageLayer, ...] = ()

    @property
    def root(self) -> Descriptor:
        """What a layout points at, and a registry knows the image by."""
        return dataclasses.replace(self.manifest_descriptor, platform=self.platform)

    @property
    def documents(self) -> Dict[str, bytes]:
        """Path in a layout → content."""
        return {
            self.config_descriptor.digest.blob_path: self.config,
            self.manifest_descriptor.digest.blob_path: self.manifest,
        }


@dataclass(frozen=True)
class BuiltIndex:
    """An image index: the `images` of one program for several platforms, and the `content` of the index's own document."""

    images: Tuple[BuiltImage, ...]
    content: bytes

    @property
    def root(self) -> Descriptor:
        """What a layout points at, and a registry knows the index by."""
        return _descriptor(MEDIA_TYPE_INDEX, self.content)

    @property
    def documents(self) -> Dict[str, bytes]:
        """Path in a layout → content, the images' documents included."""
        documents = {path: content for image in self.images for path, content in image.documents.items()}
        return {**documents, self.root.digest.blob_path: self.content}


def build_image(
    platform: Platform, run: RunConfig, created: str, annotations: Mapping[str, str], layers: Tuple[ImageLayer, ...]
) -> BuiltImage:
    """Makes the config and the manifest; `layers` base first, `created` RFC 3339."""
    diff_ids = tuple(layer.diff_id for layer in layers)
    history = tuple(layer.created_by for layer in layers)
    config = canonical_json.encode(ImageConfig(platform, run, diff_ids, history, created).to_dict())
    config_descriptor = _descriptor(MEDIA_TYPE_CONFIG, config)
    descriptors = tuple(layer.descriptor for layer in layers)
    manifest = canonical_json.encode(Manifest(config_descriptor, descriptors, annotations).to_dict())
    return BuiltImage(platform, config, config_descriptor, manifest, _descriptor(MEDIA_TYPE_MANIFEST, manifest), layers)


def build_index(images: Tuple[BuiltImage, ...], annotations: Mapping[str, str]) -> BuiltIndex:
    """Makes the index (image-spec 1.1, image-index.md) of images in its order; `annotations` are the index's own."""
    index = ImageIndex(tuple(image.root for image in images), annotations)
    return BuiltIndex(images, canonical_json.encode(index.to_dict()))


def _descriptor(media_type: str, content: bytes) -> Descriptor:
    return Descriptor(media_type, Digest.of(content), len(content))
