"""One image: its manifest, its configuration, its layers and its program, each against what the others state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.layers import LayerBlob, Layers
from scratch_image.layout.problems import shown
from scratch_image.layout.tree import find
from scratch_image.layout.walk import ManifestNode
from scratch_image.oci.compression import NAMES, Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.validate.config import CheckedConfig, read_config
from scratch_image.validate.program import Start, check_program

_PACKINGS = {Compression.parse(name).media_type: name for name in NAMES}
_DATA = {"none": "a plain tar archive", "gzip": "gzip data", "zstd": "zstd data"}
_NOT_CHECKED = "the program's platform"


@dataclass(frozen=True)
class CheckedImage:
    """What is known of an image for those that name it: `manifest` and `config` are digests, `platform` is that of the
    configuration, `layer_paths` are the blobs that the manifest names, empty where it names none, and `layers` are the blobs
    as far as they could be read."""

    manifest: Optional[Digest]
    config: Optional[Digest]
    platform: Optional[Platform]
    layer_paths: Tuple[str, ...]
    layers: Tuple[Optional[LayerBlob], ...]


class ImageCheck:
    """Checks images; what is wrong is a problem of `blobs`."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs, self._layers, self._problems = blobs, Layers(blobs), blobs.problems

    def check(self, node: ManifestNode) -> CheckedImage:
        """Checks the image of a manifest. Raises OSError."""
        named = node.manifest.config
        config = self._config(named, node.manifest.layers) if named else None
        digest, platform = named.digest if named else None, config.platform if config else None
        stated = node.claim.platform
        if stated and digest and platform and stated != platform:
            self._problems.mismatch(node.claim.where, "platform", str(stated), f"{platform}, as {digest.blob_path} states")
        # A layer that cannot be read still has its place: diff_ids belong to layers by their number.
        claims = node.manifest.layers or ()
        layers = tuple(self._layer(claim) if claim else None for claim in claims)
        if config and digest:
            self._check_diff_ids(config, layers, digest.blob_path)
            if config.platform and layers:
                self._check_start(config.start, config.platform, layers, digest.blob_path)
        paths = tuple(claim.digest.blob_path if claim and claim.digest else "" for claim in claims)
        return CheckedImage(node.claim.digest, digest, platform, paths, layers)

    def _config(self, claim: Claim, layers: Optional[Tuple[Optional[Claim], ...]]) -> Optional[CheckedConfig]:
        values = self._blobs.document(claim)
        return None if values is None else read_config(values, None if layers is None else len(layers))

    def _layer(self, claim: Claim) -> Optional[LayerBlob]:
        packing = _PACKINGS.get(claim.media_type or "")
        if claim.media_type is not None and packing is None:
            self._problems.expected(claim.where, "mediaType", f"one of {', '.join(_PACKINGS)}", claim.media_type)
        layer = self._layers.layer(claim)
        if layer and packing and layer.packing != packing and layer.packing in _DATA:
            self._problems.mismatch(claim.where, "mediaType", shown(claim.media_type), _DATA[layer.packing])
        return layer

    def _check_diff_ids(self, config: CheckedConfig, layers: Tuple[Optional[LayerBlob], ...], where: str) -> None:
        for number, (claimed, layer) in enumerate(zip(config.diff_ids or (), layers)):
            if claimed and layer and layer.diff_id and claimed.hex != layer.diff_id:
                self._problems.mismatch(where, f"rootfs.diff_ids[{number}]", str(claimed), f"sha256:{layer.diff_id}")

    def _check_start(
        self, start: Optional[Start], platform: Platform, layers: Tuple[Optional[LayerBlob], ...], where: str
    ) -> None:
        """The file that is started: it is there, it may be executed, and it is for the platform of the image."""
        known = [layer for layer in layers if layer and layer.whole]
        if start is None or len(known) < len(layers):
            why = "the image names no program" if start is None else "not all layers could be read"
            self._problems.skip(where, f"{_NOT_CHECKED}, because {why}")
            return
        nodes = [layer.nodes for layer in known]
        found = next(filter(None, (find(nodes, path) for path in start.candidates())), None)
        argument = shown(start.argument)
        if found is None:
            self._problems.broken(where, "Entrypoint", argument, f"no layer has the file {argument}")
            return
        number, name, node = found
        if not node.mode & 0o111:
            rule = f"nobody may execute {shown(name)}: its mode is {node.mode:04o}"
            self._problems.broken(where, "Entrypoint", argument, rule)
        file, why = self._layers.file(known[number], name)
        if file is None:
            self._problems.skip(where, f"{_NOT_CHECKED}: {why}")
            return
        with file:
            check_program(file, platform, where, name, self._problems)
