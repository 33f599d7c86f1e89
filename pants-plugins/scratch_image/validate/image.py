"""One image: its manifest, its configuration, its layers and its program, each against what the others state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.layer import LayerBlob
from scratch_image.layout.layers import Layers
from scratch_image.layout.problems import Problems, shown
from scratch_image.layout.tree import find
from scratch_image.layout.walk import ManifestNode
from scratch_image.oci.compression import NAMES, Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import MEDIA_TYPE_CONFIG
from scratch_image.validate.config import Config, read_config
from scratch_image.validate.program import Start, check_program

_PACKINGS = {Compression.parse(name).media_type: name for name in NAMES}
_DATA = {"none": "a plain tar archive", "gzip": "gzip data", "zstd": "zstd data"}


@dataclass(frozen=True)
class CheckedImage:
    """What is known of an image for those that name it: its digests, the platform of its configuration, and its layers.
    `layer_paths` are the blobs that the manifest names, empty where it names none; `layers` are as far as they could be
    read."""

    manifest: Optional[Digest]
    config: Optional[Digest]
    layer_paths: Tuple[str, ...]
    platform: Optional[Platform]
    layers: Tuple[Optional[LayerBlob], ...]


def check_image(node: ManifestNode, layers: Layers, blobs: Blobs) -> CheckedImage:
    """Checks the image of a manifest. Raises OSError."""
    manifest, claim, problems = node.manifest, node.claim, blobs.problems
    # A layer that cannot be read still has its place: diff_ids belong to layers by their number.
    claims = manifest.layers or ()
    path, config, config_digest = "", None, None
    if manifest.config:
        media_type, config_digest = manifest.config.media_type, manifest.config.digest
        if media_type not in (None, MEDIA_TYPE_CONFIG):
            problems.mismatch(manifest.config.where, "mediaType", shown(media_type), MEDIA_TYPE_CONFIG)
        path = config_digest.blob_path if config_digest else ""
        values = blobs.document(manifest.config)
        if values is not None:
            config = read_config(values, None if manifest.layers is None else len(claims))
        del values  # It may be large.
    platform = config.platform if config else None
    if claim.platform and platform and claim.platform != platform:
        problems.mismatch(claim.where, "platform", str(claim.platform), f"{platform}, as {path} states")
    found = [_check_layer(layer, number, config, path, layers, problems) for number, layer in enumerate(claims)]
    if config and platform and found:
        _check_start(config.start, platform, found, path, layers, problems)
    paths = tuple(layer.digest.blob_path if layer and layer.digest else "" for layer in claims)
    return CheckedImage(claim.digest, config_digest, paths, platform, tuple(found))


def _check_layer(
    claim: Optional[Claim], number: int, config: Optional[Config], path: str, layers: Layers, problems: Problems
) -> Optional[LayerBlob]:
    if claim is None:
        return None
    packing = _PACKINGS.get(claim.media_type or "")
    if claim.media_type is not None and packing is None:
        rule = f"expected one of {', '.join(_PACKINGS)}, got {shown(claim.media_type)}"
        problems.broken(claim.where, "mediaType", shown(claim.media_type), rule)
    layer = layers.layer(claim)
    if layer is None:
        return None
    if packing is not None and layer.packing != packing and layer.packing in _DATA:
        problems.mismatch(claim.where, "mediaType", shown(claim.media_type), _DATA[layer.packing])
    diff_ids = config.diff_ids if config else None
    if layer.diff_id and diff_ids and number < len(diff_ids):
        claimed = diff_ids[number]
        if claimed is not None and claimed.hex != layer.diff_id:
            problems.mismatch(path, f"rootfs.diff_ids[{number}]", str(claimed), f"sha256:{layer.diff_id}")
    return layer


def _check_start(
    start: Optional[Start],
    platform: Platform,
    found: List[Optional[LayerBlob]],
    where: str,
    layers: Layers,
    problems: Problems,
) -> None:
    """The file that is started: it is there, it may be executed, and it is for the platform of the image."""
    if start is None:
        problems.skip(where, "the program's platform, because the image names no program")
        return
    known = [layer for layer in found if layer is not None and layer.whole]
    if len(known) < len(found):
        problems.skip(where, "the program's platform, because not all layers could be read")
        return
    nodes = [layer.nodes for layer in known]
    place = next(filter(None, (find(nodes, path) for path in start.candidates())), None)
    if place is None:
        problems.broken(where, "Entrypoint", shown(start.argument), f"no layer has the file {shown(start.argument)}")
        return
    number, name, node = place
    if not node.mode & 0o111:
        rule = f"nobody may execute {shown(name)}: its mode is {node.mode:04o}"
        problems.broken(where, "Entrypoint", shown(start.argument), rule)
    file, why = layers.file(known[number], name)
    if file is None:
        problems.skip(where, f"the program's platform: {why}")
        return
    with file:
        check_program(file, platform, where, name, problems)
