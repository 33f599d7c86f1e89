"""The documents of `image.tar`, one file that is both an OCI image layout and what `docker save` writes. Pure.

Sources: moby, image/tarexport (`manifest.json`: a list of images, with the paths of their blobs in the archive and their
names); containerd, core/images/annotations.go and podman, libimage/pull.go (`io.containerd.image.name` in index.json).
"""

from __future__ import annotations

from typing import Dict, Sequence, Union

from scratch_image.oci import canonical_json
from scratch_image.oci.image import BuiltImage, BuiltIndex
from scratch_image.oci.layout import REF_NAME, layout_files
from scratch_image.oci.names import DOCKER_MANIFEST
from scratch_image.oci.platform import Platform
from scratch_image.oci.reference import with_registry

CONTAINERD_NAME = "io.containerd.image.name"
_PREFERRED = Platform("linux", "amd64")


def archive_files(image: Union[BuiltImage, BuiltIndex], references: Sequence[str]) -> Dict[str, bytes]:
    """Path in the archive → content, for an image or an index whose layers are at their `blob_path`s. `references` are its
    names, each with a tag.

    `manifest.json` has all names. It knows no platforms: of an index it has the image for linux/amd64, else the first.
    `index.json` has one entry, so that `oci-archive:FILE` is enough for every tool; the entry has the first name only.
    """
    first = references[0] if references else None
    annotations = {CONTAINERD_NAME: with_registry(first)} if first else {}
    one = _one(image)
    document = {
        "Config": one.config_descriptor.digest.blob_path,
        "RepoTags": list(references) or None,
        "Layers": [layer.descriptor.digest.blob_path for layer in one.layers],
    }
    return {
        **layout_files(image, ref_name=first.rpartition(":")[2] if first else REF_NAME, annotations=annotations),
        DOCKER_MANIFEST: canonical_json.encode([document]),
    }


def _one(image: Union[BuiltImage, BuiltIndex]) -> BuiltImage:
    if isinstance(image, BuiltImage):
        return image
    return next((each for each in image.images if each.platform.normalized() == _PREFERRED), image.images[0])
