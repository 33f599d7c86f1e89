"""How an image is written, where, and under which names."""

from __future__ import annotations

from typing import Any, Optional

from pants.core.goals.package import OutputPathField
from pants.engine.addresses import Address
from pants.util.strutil import help_text

from scratch_image.targets.kinds import FlagField, ListField, TextField, freeze


class ScratchImageCompressionField(TextField):
    alias = "compression"
    help = help_text(
        """
        How layers are compressed: `gzip`, `zstd` or `none`, with a level if you like: `zstd:9`, `gzip:6`. Default: the
        option `[scratch-image].compression`, which is `gzip`.

        Every registry and runtime reads `gzip`. `zstd` is smaller, made faster and unpacked much faster; it needs
        containerd 1.5, Docker 23.0 or newer. `none` is fastest where bytes are free. Levels: gzip 1 to 12 (default 3), zstd
        1 to 22 (default 3).
        """
    )


class ScratchImageAllowField(ListField):
    alias = "allow"
    help = help_text(
        """
        Ids of checks whose findings are accepted for this image: `["SR010"]`. What can never run (SR001 to SR004) can not be
        accepted. `docs/checks.md` lists the checks.
        """
    )


class ScratchImageOutputPathField(OutputPathField):
    help = help_text(
        """
        The directory below `dist/` that the image is written to. It is replaced as a whole.

        Default: the path of the BUILD file with dots for slashes, then the target's name: `src/hello:image` is written to
        `dist/src.hello/image`.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Any:
        return freeze(raw_value)


class ScratchImageArchiveField(FlagField):
    alias = "archive"
    help = help_text(
        """
        Whether to write `image.tar` as well: the whole image in one file, which is both an OCI image layout and what `docker
        save` writes, so that docker, podman, containerd and skopeo load it. Default: the option `[scratch-image].archive`.
        """
    )


class ScratchImageRepositoryField(TextField):
    alias = "repository"
    help = help_text(
        """
        The image's name in a registry, without the registry: `"team/hello"`. Default: the option
        `[scratch-image].default_repository`. Capitals become small letters. A registry may have a `repository` of its own.

        It may have the placeholders `{name}`, `{directory}` and `{parent_directory}` of the target's address,
        `{default_repository}`, and `{env.NAME}` for variables in `[scratch-image].env_vars`. `image.tar` has the name.
        """
    )


class ScratchImageTagsField(ListField):
    alias = "image_tags"
    help = help_text(
        """
        The image's tags: `["1.0", "latest"]`. Default: `["latest"]`.

        They may have the placeholders `{digest_short}` (12 digits of the image's digest), `{pants.hash}` (all 64), and
        `{env.NAME}` for variables in `[scratch-image].env_vars`. A tag whose variable is not set is left out of `image.tar`.
        """
    )


class ScratchImageRegistriesField(ListField):
    alias = "registries"
    help = help_text(
        """
        The registries that the image is published to: addresses, or aliases of `[scratch-image].registries`:
        `["@company", "registry.example:5000"]`. Default: all registries there with `default = true`.
        """
    )


class ScratchImageSkipPushField(FlagField):
    alias = "skip_push"
    help = "Whether `publish` leaves this image out. Default: false."
