"""One image: its manifest, its configuration, its layers and its program, each against what the others state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.layers import LayerBlob, Layers
from scratch_image.layout.problems import shown
from scratch_image.layout.walk import ManifestNode
from scratch_image.oci.compression import NAMES, Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.validate.config import CheckedConfig, read_config
from scratch_image.validate.depth import Depth
from scratch_image.validate.files import Files
from scratch_image.validate.program import StartCheck

_PACKINGS = {Compression.parse(name).media_type: name for name in NAMES}
_DATA = {"none": "a plain tar archive", "gzip": "gzip data", "zstd": "zstd data"}
_NOT_CHECKED = "the program's platform"


@dataclass(frozen=True)
class CheckedImage:
    """What is known of an image for those that name it: `claim` is its descriptor; `config` is a digest, `platform` is that
    of the configuration; `created_by` are the lines of the history, one per layer, empty where they do not fit the layers;
    `layer_paths` are the blobs that the manifest names, empty where it names none, and `layers` are the blobs as far as they
    could be read."""

    claim: Claim
    config: Optional[Digest]
    platform: Optional[Platform]
    created_by: Tuple[str, ...]
    layer_paths: Tuple[str, ...]
    layers: Tuple[Optional[LayerBlob], ...]

    @property
    def manifest(self) -> Optional[Digest]:
        """The digest of its manifest."""
        return self.claim.digest

    def layer_of(self, created_by: str) -> Optional[LayerBlob]:
        """The last layer with this line in the history, if all of it could be read."""
        found = [layer for line, layer in zip(self.created_by, self.layers) if line == created_by]
        return found[-1] if found and found[-1] and found[-1].whole else None


class ImageCheck:
    """Checks images; what is wrong is a problem of `blobs`. Raises OSError."""

    def __init__(self, blobs: Blobs, layers: Layers, files: Files, depth: Depth) -> None:
        self._blobs, self._layers, self._files, self._depth = blobs, layers, files, depth
        self._problems = blobs.problems

    def check(self, node: ManifestNode) -> CheckedImage:
        """Checks the image of a manifest."""
        named = node.manifest.config
        config = self._config(named, node.manifest.layers) if named else None
        digest, platform = named.digest if named else None, config.platform if config else None
        stated = node.claim.platform
        if stated and digest and platform and stated != platform:
            self._problems.mismatch(node.claim.where, "platform", str(stated), f"{platform}, as {digest.blob_path} states")
        # A layer that cannot be read still has its place: diff_ids belong to layers by their number.
        claims = node.manifest.layers or ()
        layers = tuple(self._layer(claim) if claim else None for claim in claims)
        if config and digest and not self._depth.quick:
            self._check_diff_ids(config, layers, digest.blob_path)
            if platform and layers:
                self._check_start(config, platform, layers, digest.blob_path)
        paths = tuple(claim.digest.blob_path if claim and claim.digest else "" for claim in claims)
        created_by = config.created_by if config and len(config.created_by) == len(layers) else ()
        return CheckedImage(node.claim, digest, platform, created_by, paths, layers)

    def _config(self, claim: Claim, layers: Optional[Tuple[Optional[Claim], ...]]) -> Optional[CheckedConfig]:
        values = self._blobs.document(claim)
        return None if values is None else read_config(values, None if layers is None else len(layers))

    def _layer(self, claim: Claim) -> Optional[LayerBlob]:
        packing = _PACKINGS.get(claim.media_type or "")
        if claim.media_type is not None and packing is None:
            self._problems.expected(claim.where, "mediaType", f"one of {', '.join(_PACKINGS)}", claim.media_type)
        if self._depth.quick:
            path = self._blobs.find(claim)
            size = self._blobs.store.sizes[path] if path else 0
            return LayerBlob(path[-64:], size, packing or "", None, 0, {}, False) if path else None
        layer = self._layers.layer(claim)
        if layer and packing and layer.packing != packing and layer.packing in _DATA:
            self._problems.mismatch(claim.where, "mediaType", shown(claim.media_type), _DATA[layer.packing])
        return layer

    def _check_diff_ids(self, config: CheckedConfig, layers: Tuple[Optional[LayerBlob], ...], where: str) -> None:
        for number, (claimed, layer) in enumerate(zip(config.diff_ids or (), layers)):
            if claimed and layer and layer.diff_id and claimed.hex != layer.diff_id:
                self._problems.mismatch(where, f"rootfs.diff_ids[{number}]", str(claimed), f"sha256:{layer.diff_id}")

    def _check_start(
        self, config: CheckedConfig, platform: Platform, layers: Tuple[Optional[LayerBlob], ...], where: str
    ) -> None:
        known = [layer for layer in layers if layer and layer.whole]
        if config.start is None or len(known) < len(layers):
            why = "the image names no program" if config.start is None else "not all layers could be read"
            self._problems.skip(where, f"{_NOT_CHECKED}, because {why}")
        else:
            StartCheck(known, platform, self._files, where, self._problems).check(config.start)
