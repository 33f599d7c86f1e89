"""The options of `[scratch-image]` that are defaults of fields."""

from __future__ import annotations

from pants.option.option_types import BoolOption, StrListOption, StrOption
from pants.util.strutil import softwrap


class FieldOptions:
    """Each is the default of the field with its name; `default_repository` is that of `repository`."""

    compression = StrOption(
        default="gzip",
        help=softwrap(
            """
            The default of the field `compression`: `gzip`, `zstd` or `none`, with an optional level (`zstd:9`). If it
            changes, every image that does not set the field has a new digest.
            """
        ),
    )
    created = StrOption(
        default="1970-01-01T00:00:00Z",
        help=softwrap(
            """
            The default of the field `created`: a date and time of RFC 3339. The environment variable SOURCE_DATE_EPOCH, if
            it is set, overrides this option, and the field overrides both.
            """
        ),
    )
    user = StrOption(
        default="65532:65532",
        help=softwrap(
            """
            The default of the field `user`: `uid`, `uid:gid`, or names. 65532 is the unprivileged user of other minimal
            images.
            """
        ),
    )
    runtime_files = StrListOption(
        default=[],
        help='The default of the field `runtime_files`, for example `["ca-certificates", "tzdata"]`.',
    )
    archive = BoolOption(
        default=False,
        help="The default of the field `archive`: whether `image.tar` is written.",
    )
    sbom = StrListOption(
        default=[],
        help='The default of the field `sbom`, for example `["cyclonedx", "spdx"]`.',
    )
    provenance = BoolOption(
        default=False,
        help="The default of the field `provenance`: whether provenance is written. It needs `builder_id`.",
    )
    default_repository = StrOption(
        default="{name}",
        help="The default of the field `repository`. It may contain the placeholders of that field.",
    )
