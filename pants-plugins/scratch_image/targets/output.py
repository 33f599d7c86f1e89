"""How an image is written, where, and under which names."""

from __future__ import annotations

from typing import Any, Optional

from pants.core.goals.package import OutputPathField
from pants.engine.addresses import Address

from scratch_image.targets.kinds import FlagField, HelpFromDocstring, ListField, TextField, freeze


class ScratchImageCompressionField(TextField):
    """The compression of layers: `gzip`, `zstd` or `none`, with an optional level: `zstd:9`, `gzip:6`. Default: the option
    `[scratch-image].compression`, which is `gzip`.

    Every registry and runtime reads `gzip`. `zstd` compresses faster and unpacks much faster; it needs containerd 1.5,
    Docker 23.0 or newer. At the default levels it makes layers of programs over 4 MiB smaller, and others about as large.
    `none` is fastest if size does not matter. Levels: gzip 1 to 12 (default 3), zstd
    1 to 22 (default 3).
    """

    alias = "compression"


class ScratchImageAllowField(ListField):
    """Ids of checks whose findings are accepted for this image, for example `["SR010"]`. SR001 to SR004 cannot be accepted,
    because such an image never runs. `docs/checks.md` lists the checks. Default: none."""

    alias = "allow"


class ScratchImageOutputPathField(HelpFromDocstring, OutputPathField):
    """The directory below `dist/` that the image is written to. It is replaced as a whole.

    Default: the path of the BUILD file with dots for slashes, then the target's name: `src/hello:image` is written to
    `dist/src.hello/image`.
    """

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Any:
        """The value as written, made immutable; Pants' default if it is not set."""
        return cls.default if raw_value is None else freeze(raw_value)


class ScratchImageArchiveField(FlagField):
    """Whether to write `image.tar` as well: the whole image in one file, which is both an OCI image layout and what `docker
    save` writes, so docker, podman, containerd and skopeo load it. Default: the option `[scratch-image].archive`."""

    alias = "archive"


class ScratchImageRepositoryField(TextField):
    """The image's name in a registry, without the registry: `"team/hello"`. Default: the option
    `[scratch-image].default_repository`. Capitals become lower-case letters. A registry may have a `repository` of its
    own.

    The name may contain the placeholders `{name}`, `{directory}` and `{parent_directory}` of the target's address,
    `{default_repository}`, and `{env.NAME}` for variables in `[scratch-image].env_vars`. `image.tar` has the name.
    """

    alias = "repository"


class ScratchImageTagsField(ListField):
    """The image's tags, for example `["1.0", "latest"]`. Default: `["latest"]`.

    Tags may contain the placeholders `{digest_short}` (12 digits of the image's digest), `{pants.hash}` (all 64), and
    `{env.NAME}` for variables in `[scratch-image].env_vars`. `image.tar` leaves out a tag whose variable is not set.
    """

    alias = "image_tags"


class ScratchImageRegistriesField(ListField):
    """The registries that the image is published to: addresses, or aliases of `[scratch-image].registries`; for example
    `["@company", "registry.example:5000"]`. Default: all registries there with `default = true`."""

    alias = "registries"


class ScratchImageSkipPushField(FlagField):
    """Whether `publish` leaves this image out, and the debug image that is made of it. Default: false."""

    alias = "skip_push"


FIELDS = (
    ScratchImageCompressionField,
    ScratchImageAllowField,
    ScratchImageOutputPathField,
    ScratchImageArchiveField,
    ScratchImageRegistriesField,
    ScratchImageRepositoryField,
    ScratchImageTagsField,
    ScratchImageSkipPushField,
)
