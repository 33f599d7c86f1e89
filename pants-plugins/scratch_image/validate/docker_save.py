"""The `manifest.json` of an archive, which `docker load` reads: it must name the same blobs as the layout.

Moby, image/tarexport: a list of images, each with the paths of its configuration and of its layers in the archive.
"""

from __future__ import annotations

from typing import Sequence

from scratch_image.layout.documents import objects
from scratch_image.layout.problems import Problems, shown
from scratch_image.oci.names import DOCKER_MANIFEST
from scratch_image.validate.image import CheckedImage


def check_docker_manifest(value: object, images: Sequence[CheckedImage], problems: Problems) -> None:
    """Compares with the images of the layout; there may be fewer here, because this file has no platforms."""
    if not isinstance(value, list) or not value:
        problems.expected(DOCKER_MANIFEST, "document", "a list of images", value)
        return
    by_config = {image.config.blob_path: image for image in reversed(images) if image.config}
    for entry in filter(None, objects(value, DOCKER_MANIFEST, "", problems)):
        if entry.values.get("RepoTags") is not None:
            entry.string_list("RepoTags")
        config = entry.member("Config", str, required=True)
        layers = entry.string_list("Layers")
        image = by_config.get(config or "")
        if config is not None and image is None:
            entry.broken("Config", config, f"no image of the layout has the configuration {shown(config)}")
        elif image is not None and layers != image.layer_paths:
            entry.mismatch("Layers", ", ".join(layers) or "nothing", ", ".join(image.layer_paths))
