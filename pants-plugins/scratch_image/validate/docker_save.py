"""The `manifest.json` of an archive, which `docker load` reads: it must name the same blobs as the layout, and images by
names that tools take.

Moby, image/tarexport: a list of images, each with the paths of their configuration and of their layers in the archive, and
with their names.
"""

from __future__ import annotations

from typing import Dict, List, Sequence

from scratch_image.layout.documents import JsonObject, objects
from scratch_image.layout.problems import Problems, shown
from scratch_image.oci import reference
from scratch_image.oci.docker_archive import CONTAINERD_NAME
from scratch_image.oci.names import DOCKER_MANIFEST, INDEX
from scratch_image.validate.image import CheckedImage


def check_docker_manifest(
    value: object, images: Sequence[CheckedImage], containerd: Sequence[str], problems: Problems
) -> None:
    """Compares with the images of the layout; there may be fewer here, because this file has no platforms. `containerd` are
    the names in `index.json`."""
    if not isinstance(value, list) or not value:
        problems.expected(DOCKER_MANIFEST, "document", "a list of images", value)
        return
    by_config = {image.config.blob_path: image for image in reversed(images) if image.config}
    names: Dict[str, str] = {}
    for entry in filter(None, objects(value, DOCKER_MANIFEST, "", problems)):
        _check_names(entry, names)
        config = entry.member("Config", str, required=True)
        layers = entry.string_list("Layers")
        image = by_config.get(config or "")
        if config is not None and image is None:
            entry.broken("Config", config, f"no image of the layout has the configuration {shown(config)}")
        elif image is not None and layers != image.layer_paths:
            entry.mismatch("Layers", ", ".join(layers) or "nothing", ", ".join(image.layer_paths))
    full = {reference.with_registry(name) for name in names}
    for name in containerd:
        if name not in full:
            problems.mismatch(INDEX, CONTAINERD_NAME, shown(name), f"one of the names in {DOCKER_MANIFEST}")


def _check_names(entry: JsonObject, names: Dict[str, str]) -> None:
    """Adds the names of an image to those of the images before it."""
    if entry.values.get("RepoTags") is None:
        return
    for number, name in enumerate(entry.string_list("RepoTags")):
        what = f"RepoTags[{number}]"
        try:
            reference.image_name(name)
        except ValueError as error:
            entry.broken(what, name, str(error))
            continue
        if name in names:
            entry.broken(what, name, f"{shown(name)} is there twice")
        names[name] = what


def check_names(values: JsonObject, saved: object) -> List[str]:
    """Compares the names in a report with those in a `manifest.json`, and returns the latter as the report has them."""
    archive = values.child("archive", required=True)
    every = list(archive.string_list("references")) if archive else []
    tags = saved[0].get("RepoTags") if isinstance(saved, list) and saved and isinstance(saved[0], dict) else None
    if archive and (tags or []) != every:
        archive.mismatch("references", ", ".join(every) or "nothing", _shown_tags(tags))
    for name in values.string_list("references"):
        if archive and name not in every:
            values.mismatch("references", shown(name), f"{DOCKER_MANIFEST} does not have this name")
    return every


def _shown_tags(tags: object) -> str:
    if isinstance(tags, list) and tags:
        return ", ".join(map(str, tags))
    return "nothing" if not tags else shown(tags)
