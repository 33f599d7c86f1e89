"""The `manifest.json` of an archive, which lets `docker load` take it too: it has to name the same blobs as the layout.

Moby, image/tarexport: a list of images, each with the paths of its configuration and of its layers in the archive.
"""

from __future__ import annotations

from typing import Sequence

from scratch_image.layout.documents import member, string_list
from scratch_image.layout.problems import Findings, shown
from scratch_image.validate.image import Image

NAME = "manifest.json"


def check_manifest_json(value: object, images: Sequence[Image], findings: Findings) -> None:
    """Compares with the images of the layout; there may be fewer here, as this file has no platforms."""
    if not isinstance(value, list) or not value:
        findings.add(NAME, "document", shown(value), "a list of images is asked for")
        return
    for number, entry in enumerate(value):
        where = f"{NAME} [{number}]"
        if not isinstance(entry, dict):
            findings.add(NAME, f"[{number}]", shown(entry), "an object is asked for")
            continue
        if entry.get("RepoTags") is not None:
            string_list(entry, "RepoTags", where, findings)
        config = member(entry, "Config", str, where, findings, required=True)
        layers = string_list(entry, "Layers", where, findings)
        image = next((image for image in images if image.config == config), None)
        if config is not None and image is None:
            findings.add(where, "Config", shown(config), "no image of the layout has it")
        elif image is not None and layers != image.layers:
            derived = ", ".join(image.layers)
            findings.add(where, "Layers", ", ".join(layers) or "nothing", derived)
