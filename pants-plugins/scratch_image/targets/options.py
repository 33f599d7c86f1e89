"""The options `[scratch-image]`."""

from __future__ import annotations

from typing import Any, Iterator, Tuple

from pants.option.option_types import BoolOption, DictOption, IntOption, SkipOption, StrListOption, StrOption
from pants.option.subsystem import Subsystem
from pants.util.strutil import help_text


class _OptionsScope(str):
    """The scope `scratch-image` beside a target type `scratch_image`.

    Pants refuses two things whose names differ in `-` and `_` only, although help, options and BUILD files all tell them
    apart. It compares `normalize_scope(scope)`, which begins with `lower()` (docs/adr/0005).
    """

    def lower(self) -> str:
        return f"{self} options"


class ScratchImageSubsystem(Subsystem):
    options_scope = _OptionsScope("scratch-image")
    name = "scratch_image"
    help = help_text(
        """
        Container images FROM scratch, made from statically linked programs.

        Options here are the defaults of every `scratch_image` target; a field of the same name overrides them.
        """
    )

    compression = StrOption(
        default="gzip",
        help=help_text(
            """
            How layers are compressed where a target does not say: `gzip`, `zstd` or `none`, with a level if you like
            (`zstd:9`). A change gives every image that does not set the field a new digest.
            """
        ),
    )
    created = StrOption(
        default="1970-01-01T00:00:00Z",
        help=help_text(
            """
            When images say that they were made, where a target does not say: a date and time of RFC 3339. The environment
            variable SOURCE_DATE_EPOCH, if it is set, comes before this option and after the field.
            """
        ),
    )
    user = StrOption(
        default="65532:65532",
        help=help_text(
            """
            The user that programs run as, where a target does not say: `uid`, `uid:gid`, or names. The default is the
            unprivileged user that other minimal images have.
            """
        ),
    )
    runtime_files = StrListOption(
        default=[],
        help=help_text(
            """
            The `runtime_files` of targets that do not say any: `["ca-certificates", "tzdata"]`.
            """
        ),
    )
    platforms = StrListOption(
        default=[],
        help=help_text(
            """
            The platforms to build of images that are for several, where not all are wanted: `["linux/arm64"]`. `image.json`
            says which were left out. An image of a single program is not concerned.
            """
        ),
    )
    env_vars = StrListOption(
        default=[],
        help=help_text(
            """
            Environment variables that `image_labels`, `annotations`, `repository` and `image_tags` may take the values
            of, as `{env.NAME}`:
            `["GIT_SHA"]`, or with a value of their own, `["GIT_SHA=unknown"]`. Another value is another digest.
            """
        ),
    )
    archive = BoolOption(
        default=False,
        help=help_text(
            """
            Whether `image.tar` is written where a target does not say.
            """
        ),
    )
    registries = DictOption[Any](
        help=help_text(
            """
            The registries that images are published to, as in `[docker].registries`: alias → `{"address":
            "registry.example", "default": bool, "extra_image_tags": [], "skip_push": bool, "repository": str,
            "use_local_alias": bool}`.
            Targets name them by address, or by alias: `registries=["@alias"]`. `repository` is a template that may have
            `{target_repository}` as well.

            How to reach one is said here, too: `insecure` (plain HTTP; by default only of this machine), `ca_file` (PEM),
            and `client_certificate` and `client_key` (PEM). Paths are counted from the repository's root.
            """
        ),
    )
    publish_dry_run = BoolOption(
        default=False,
        help=help_text(
            """
            Whether `publish` only says what it would do: which blobs would be sent, which are there, and which tags would
            change.
            """
        ),
    )
    publish_read_back = BoolOption(
        default=False,
        help=help_text(
            """
            Whether `publish` reads every manifest back, by tag and by digest, and compares its bytes.
            """
        ),
    )
    publish_report = StrOption(
        default=None,
        help=help_text(
            """
            A file that `publish` writes all published names of a run to, with their digests, as JSON: `dist/published.json`.
            """
        ),
    )
    publish_env_vars = StrListOption(
        default=[],
        help=help_text(
            """
            Further environment variables that `publish` passes on, where a credential helper needs them: `["AWS_PROFILE"]`.
            Those of docker, podman, proxies and certificates are passed on anyway. With `-ldebug` Pants logs their values,
            so a secret is better kept in a file or a helper.
            """
        ),
    )
    publish_timeout = IntOption(
        default=1800,
        help=help_text(
            """
            After how many seconds `publish` gives an image up, with all its repetitions.
            """
        ),
    )
    default_repository = StrOption(
        default="{name}",
        help=help_text(
            """
            The `repository` of targets that do not say any. It may have the placeholders of that field.
            """
        ),
    )
    fail_on = StrOption(
        default="error",
        help=help_text(
            """
            The least severity of a finding that stops `package` and fails `lint`: `error` or `warning`.
            """
        ),
    )
    severity = DictOption[str](
        help=help_text(
            """
            The severity of checks where it is to be another than their own: `{"SR030": "error", "OI001": "off"}`. Severities
            are `error`, `warning`, `info` and `off`. What can never run (SR001 to SR004) stays an error.
            """
        ),
    )
    skip = SkipOption("lint")

    class EnvironmentAware(Subsystem.EnvironmentAware):
        env_vars_used_by_options = ("PATH",)

        _interpreter_search_paths = StrListOption(
            default=["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "<PATH>"],
            help=help_text(
                """
                Directories in which a CPython 3.9 to 3.14 is looked for, as `python3` or with its version in its name. It
                runs the processes that inspect programs and write layers. `<PATH>` stands for the directories of the
                environment variable PATH. If none has one, the Python that runs Pants is taken; in a container or on a
                worker that is an error.

                The first that is found is taken. Well-known places come first, so that machines agree on it and share
                cached work: its path is part of a process's cache key. Images do not depend on it.
                """
            ),
            advanced=True,
        )

        @property
        def interpreter_search_paths(self) -> Tuple[str, ...]:
            return tuple(dict.fromkeys(self._expanded()))

        def _expanded(self) -> Iterator[str]:
            for entry in self._interpreter_search_paths:
                if entry == "<PATH>":
                    yield from filter(None, self._options_env.get("PATH", "").split(":"))
                else:
                    yield entry


class ScratchImageTestSubsystem(Subsystem):
    """Its own, so that an image's tests are not skipped with its lint."""

    options_scope = _OptionsScope("scratch-image-test")
    name = "scratch_image_test"
    help = "Tests of what is in container images FROM scratch."

    skip = SkipOption("test")
