"""The options of `[scratch-image]` for checks."""

from __future__ import annotations

from pants.option.option_types import BoolOption, DictOption, SkipOption, StrOption
from pants.util.strutil import softwrap


class CheckOptions:
    """What the findings of checks do to `package` and `lint`."""

    fail_on = StrOption(
        default="error",
        help="The lowest severity of a finding that stops `package` and fails `lint`: `error` or `warning`.",
    )
    severity = DictOption[str](
        help=softwrap(
            """
            Severities of checks that differ from the default, for example `{"SR030": "error", "OI001": "off"}`. Severities
            are `error`, `warning`, `info` and `off`. SR001 to SR004, for images that can never run, are always errors.
            """
        ),
    )
    lint_infos = BoolOption(
        default=False,
        help=softwrap(
            """
            Whether `lint` shows infos in full. By default it counts them in one line per image. `image.json` always has
            them.
            """
        ),
    )
    skip = SkipOption("lint")
