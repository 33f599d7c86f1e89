"""The options of `[scratch-image]` for `publish`: registries, what is asked of them, signatures."""

from __future__ import annotations

import enum
from typing import Any

from pants.option.option_types import BoolOption, DictOption, EnumOption, IntOption, StrListOption, StrOption
from pants.util.strutil import softwrap


class PublishCheck(enum.Enum):
    """What `publish` asks the registry for, of an image that is there."""

    TAGS = "tags"
    ALL = "all"


class PublishOptions:
    """Where and how images are published. Only `publish` reads the options, but for `registries`, which fields name."""

    registries = DictOption[Any](
        help=softwrap(
            """
            The registries that images are published to, as in `[docker].registries`: alias → `{"address":
            "registry.example", "default": bool, "extra_image_tags": [], "skip_push": bool, "repository": str,
            "use_local_alias": bool}`.
            Targets name them by address, or by alias: `registries=["@alias"]`. `repository` is a template that may also
            contain `{target_repository}`.

            How to reach a registry is set here as well: `insecure` (plain HTTP; by default only for this machine), `ca_file`
            (PEM), `client_certificate` and `client_key` (PEM). Paths are relative to the repository's root. `allow_private`
            (bool, default false) lets a registry at a public address direct uploads and logins to private addresses.
            """
        ),
    )
    publish_dry_run = BoolOption(
        default=False,
        help=softwrap(
            """
            Whether `publish` only reports what it would do: which blobs it would send, which the registry has, and which
            tags would change.
            """
        ),
    )
    publish_check = EnumOption(
        default=PublishCheck.TAGS,
        help=softwrap(
            """
            What `publish` asks the registry for: `tags` trusts that an image is whole if its manifest is there; `all` also
            asks for every manifest and every blob, one request each, sends what is missing, and sets no tag before that.
            """
        ),
    )
    publish_read_back = BoolOption(
        default=False,
        help=softwrap(
            """
            Whether `publish` reads every manifest back, by tag and by digest, and compares its bytes. What the registry
            does not have any more is sent again.
            """
        ),
    )
    publish_report = StrOption(
        default=None,
        help=softwrap(
            """
            A file to which `publish` writes all published names of a run with their digests, as JSON: `dist/published.json`.
            """
        ),
    )
    publish_env_vars = StrListOption(
        default=[],
        help=softwrap(
            """
            Further environment variables for `publish`, such as those of a credential helper: for example `["AWS_PROFILE"]`.
            The variables of docker, podman, proxies and certificates are always passed. With `--keep-sandboxes` Pants
            writes all values to a file, and with `-ldebug` it logs them, so keep secrets in a file or a helper.
            """
        ),
    )
    publish_timeout = IntOption(
        default=1800,
        help="The time limit of `publish` in seconds per image, retries included.",
    )
