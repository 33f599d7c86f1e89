"""The documents of an image as values: image-spec 1.1, descriptor.md, config.md, manifest.md, image-index.md.

`to_dict` returns what the JSON holds. What is not set is absent, never empty or null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Mapping, Optional, Tuple

from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform

MEDIA_TYPE_CONFIG = "application/vnd.oci.image.config.v1+json"
MEDIA_TYPE_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
MEDIA_TYPE_INDEX = "application/vnd.oci.image.index.v1+json"


def _without_empty(values: Mapping[str, object]) -> Dict[str, object]:
    return {key: value for key, value in values.items() if value is not None and value != {} and value != []}


@dataclass(frozen=True)
class Descriptor:
    """A reference to a blob of `size` bytes; `platform` is set in an index only, `artifact_type` for an artifact only."""

    media_type: str
    digest: Digest
    size: int
    platform: Optional[Platform] = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: Optional[str] = None

    def to_dict(self) -> Dict[str, object]:
        """As JSON has it."""
        return _without_empty(
            {
                "mediaType": self.media_type,
                "artifactType": self.artifact_type,
                "digest": str(self.digest),
                "size": self.size,
                "platform": self.platform.to_dict() if self.platform else None,
                "annotations": dict(self.annotations),
            }
        )


@dataclass(frozen=True)
class RunConfig:
    """What a runtime starts. `env` holds `NAME=value`, `exposed_ports` `8080/tcp`; the rest is as config.md defines it."""

    entrypoint: Tuple[str, ...] = ()
    cmd: Tuple[str, ...] = ()
    env: Tuple[str, ...] = ()
    workdir: Optional[str] = None
    user: Optional[str] = None
    exposed_ports: Tuple[str, ...] = ()
    volumes: Tuple[str, ...] = ()
    stop_signal: Optional[str] = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> Dict[str, object]:
        """As JSON has it."""
        return _without_empty(
            {
                "Entrypoint": list(self.entrypoint),
                "Cmd": list(self.cmd),
                "Env": list(self.env),
                "WorkingDir": self.workdir,
                "User": self.user,
                "ExposedPorts": {port: {} for port in self.exposed_ports},
                "Volumes": {volume: {} for volume in self.volumes},
                "StopSignal": self.stop_signal,
                "Labels": dict(self.labels),
            }
        )


@dataclass(frozen=True)
class ImageConfig:
    """The image configuration; `diff_ids` and `history`, the layers' `created_by`, are base first; `created` is RFC 3339."""

    platform: Platform
    run: RunConfig
    diff_ids: Tuple[Digest, ...]
    history: Tuple[str, ...]
    created: str

    def to_dict(self) -> Dict[str, object]:
        """As JSON has it."""
        return {
            **self.platform.to_dict(),
            "config": self.run.to_dict(),
            "created": self.created,
            "rootfs": {"type": "layers", "diff_ids": list(map(str, self.diff_ids))},
            "history": [{"created": self.created, "created_by": text} for text in self.history],
        }


@dataclass(frozen=True)
class Manifest:
    """The manifest of one platform's image: descriptors of its `config` and of its `layers`, base first."""

    config: Descriptor
    layers: Tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> Dict[str, object]:
        """As JSON has it."""
        return _without_empty(
            {
                "schemaVersion": 2,
                "mediaType": MEDIA_TYPE_MANIFEST,
                "config": self.config.to_dict(),
                "layers": [layer.to_dict() for layer in self.layers],
                "annotations": dict(self.annotations),
            }
        )


@dataclass(frozen=True)
class ImageIndex:
    """An index: descriptors of `manifests`, in its order; also the `index.json` of a layout."""

    manifests: Tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> Dict[str, object]:
        """As JSON has it."""
        return _without_empty(
            {
                "schemaVersion": 2,
                "mediaType": MEDIA_TYPE_INDEX,
                "manifests": [manifest.to_dict() for manifest in self.manifests],
                "annotations": dict(self.annotations),
            }
        )
