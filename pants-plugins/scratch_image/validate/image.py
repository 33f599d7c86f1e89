"""One image: its manifest, its configuration, its layers and its program, each against what the others say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.layer import Layer
from scratch_image.layout.manifest import Manifest
from scratch_image.layout.problems import Findings, shown
from scratch_image.oci.compression import NAMES, Compression
from scratch_image.oci.platform import Platform
from scratch_image.validate.config import Config, read_config
from scratch_image.validate.program import Start, check_program, find

_PACKINGS = {Compression.parse(name).media_type: name for name in NAMES}
_DATA = {"none": "a plain tar archive", "gzip": "gzip data", "zstd": "zstd data"}


@dataclass(frozen=True)
class Image:
    """What is known of an image for those that name it: paths of blobs, the platform of its configuration, and its layers as
    far as they could be read."""

    manifest: str
    config: str
    layers: Tuple[str, ...]
    platform: Optional[Platform]
    read: Tuple[Optional[Layer], ...]


def check_image(claim: Claim, manifest: Manifest, blobs: Blobs, findings: Findings) -> Image:
    """Checks the image of a manifest, which is named by `claim`. Raises OSError."""
    blobs.complete = blobs.complete and manifest.is_whole
    path, config = "", None
    if manifest.config and manifest.config.digest:
        path = manifest.config.digest.blob_path
        values = blobs.document(manifest.config)
        if values is not None:
            config = read_config(values, path, None if manifest.layers is None else len(manifest.layers), findings)
        del values  # It may be large.
    platform = config.platform if config else None
    if claim.platform and platform and claim.platform != platform:
        findings.add(claim.where, "platform", str(claim.platform), f"{platform}, as {path} says")
    # A layer that can not be read still has its place: diff_ids belong to layers by their number.
    claims = manifest.layers or ()
    layers = [_check_layer(layer, number, config, path, blobs, findings) for number, layer in enumerate(claims)]
    if config and platform and layers:
        _check_start(config.start, platform, layers, path, blobs, findings)
    paths = tuple(layer.digest.blob_path if layer and layer.digest else "" for layer in claims)
    assert claim.digest is not None, "its manifest was read"
    return Image(claim.digest.blob_path, path, paths, platform, tuple(layers))


def _check_layer(
    claim: Optional[Claim], number: int, config: Optional[Config], path: str, blobs: Blobs, findings: Findings
) -> Optional[Layer]:
    if claim is None:
        return None
    packing = _PACKINGS.get(claim.media_type or "")
    if claim.media_type is not None and packing is None:
        findings.add(claim.where, "mediaType", shown(claim.media_type), f"one of {', '.join(_PACKINGS)}")
    layer = blobs.layer(claim)
    if layer is None:
        return None
    if packing is not None and layer.packing != packing and layer.packing in _DATA:
        findings.add(claim.where, "mediaType", shown(claim.media_type), _DATA[layer.packing])
    diff_ids = config.diff_ids if config else None
    if layer.diff_id and diff_ids and number < len(diff_ids):
        claimed = diff_ids[number]
        if claimed is not None and claimed.hex != layer.diff_id:
            findings.add(path, f"rootfs.diff_ids[{number}]", str(claimed), f"sha256:{layer.diff_id}")
    return layer


def _check_start(
    start: Optional[Start],
    platform: Platform,
    layers: List[Optional[Layer]],
    where: str,
    blobs: Blobs,
    findings: Findings,
) -> None:
    """The file that is started: it is there, it may be executed, and it is for the platform of the image."""
    if start is None:
        findings.skip(where, "the program's platform, as the image names no program")
        return
    known = [layer for layer in layers if layer is not None and layer.whole]
    if len(known) < len(layers):
        findings.skip(where, "the program's platform, as not all layers could be read")
        return
    nodes = [layer.nodes for layer in known]
    found = next(filter(None, (find(nodes, path) for path in start.candidates())), None)
    if found is None:
        findings.add(where, "Entrypoint", shown(start.argument), "no layer has such a file")
        return
    number, name, node = found
    if not node.mode & 0o111:
        findings.add(where, "Entrypoint", shown(start.argument), f"nobody may execute {shown(name)}: mode {node.mode:04o}")
    file, why = blobs.file(known[number], name)
    if file is None:
        findings.skip(where, f"the program's platform: {why}")
        return
    with file:
        check_program(file, platform, where, name, findings)
