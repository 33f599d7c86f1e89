"""The files of an OCI image layout (image-spec 1.1, image-layout.md), all but the layers. Pure."""

from __future__ import annotations

import dataclasses
from typing import Dict, Mapping, Union

from scratch_image.oci import canonical_json
from scratch_image.oci.image import BuiltImage, BuiltIndex
from scratch_image.oci.names import INDEX, LAYOUT_VERSION, MARKER
from scratch_image.oci.spec import ImageIndex

# annotations.md: the tag of a manifest in a layout. One name for every image, so that tools need not be told which.
REF_NAME = "latest"
_NOTHING: Mapping[str, str] = {}


def layout_files(
    image: Union[BuiltImage, BuiltIndex], ref_name: str = REF_NAME, annotations: Mapping[str, str] = _NOTHING
) -> Dict[str, bytes]:
    """Path in the layout → content, for an image or an index whose layers are at their `blob_path`s already.

    `index.json` holds exactly one entry, so that `oci:DIR` without a tag is enough for every tool; `ref_name` and
    `annotations` are that entry's.
    """
    root = dataclasses.replace(image.root, annotations={**annotations, "org.opencontainers.image.ref.name": ref_name})
    return {
        MARKER: canonical_json.encode({"imageLayoutVersion": LAYOUT_VERSION}),
        INDEX: canonical_json.encode(ImageIndex((root,)).to_dict()),
        **image.documents,
    }
