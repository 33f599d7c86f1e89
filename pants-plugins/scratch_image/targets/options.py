"""The options `[scratch-image]`, of which one module per subject has a part, and `[scratch-image-test]`."""

from __future__ import annotations

from typing import Iterator, Tuple

from pants.option.option_types import BoolOption, SkipOption, StrListOption, StrOption
from pants.option.subsystem import Subsystem
from pants.util.strutil import softwrap

from scratch_image.targets.check_options import CheckOptions
from scratch_image.targets.field_options import FieldOptions
from scratch_image.targets.kinds import HelpFromDocstring
from scratch_image.targets.publish_options import PublishOptions
from scratch_image.targets.signing_options import SigningOptions


class _OptionsScope(str):
    """The scope `scratch-image` beside a target type `scratch_image`.

    Pants refuses two names that differ only in `-` and `_`, although help, options and BUILD files all tell them apart. It
    compares `normalize_scope(scope)`, which begins with `lower()` (docs/adr/0005).
    """

    def lower(self) -> str:
        return f"{self} options"


class ScratchImageSubsystem(SigningOptions, PublishOptions, CheckOptions, FieldOptions, HelpFromDocstring, Subsystem):
    """Container images built FROM scratch from statically linked programs.

    These options are the defaults of every `scratch_image` target; a field of the same name overrides them.
    """

    options_scope = _OptionsScope("scratch-image")
    name = "scratch_image"

    platforms = StrListOption(
        default=[],
        help=softwrap(
            """
            The platforms of image indexes to build, if not all, for example `["linux/arm64"]`. `image.json` lists those that
            are left out. Single-program images are unaffected.
            """
        ),
    )
    env_vars = StrListOption(
        default=[],
        help=softwrap(
            """
            Environment variables whose values `image_labels`, `annotations`, `repository` and `image_tags` may contain, as
            `{env.NAME}`; for example `["GIT_SHA"]`, or with a value, `["GIT_SHA=unknown"]`. If a value changes, the digest
            changes.
            """
        ),
    )
    write = StrListOption(
        default=["layout"],
        help=softwrap(
            """
            What `package` writes to dist/ for each image, in addition to the report `image.json`: `layout` (the directory
            `oci/`), `archive` (`image.tar`, as for images with `archive=True`, which have it in any case). `["report"]`
            writes the report alone: every image is built and checked, but no layer is copied to dist/, and with
            `[GLOBAL].cache_content_behavior = "defer"` none is fetched from a remote cache. `publish` and `test` need
            nothing in dist/. Digests and cache keys do not depend on this option.

            As with every list option of Pants, `--scratch-image-write=archive` adds to the list; a list replaces it:
            `--scratch-image-write='["report"]'`.
            """
        ),
    )
    workers = BoolOption(
        default=True,
        help=softwrap(
            """
            Whether the processes that inspect programs and write layers run in workers: processes that Pants keeps, in which
            a new image costs a fifth. Only on Linux, with pantsd, and unless Pants is asked to keep sandboxes. If it
            changes, no process runs again.
            """
        ),
    )
    sizes_file = StrOption(
        default="image-sizes.txt",
        help=softwrap(
            """
            The file, relative to the root of the repository, in which `measure-images --write` records the sizes of
            images. `max_growth` of `scratch_image_test` compares with it.
            """
        ),
    )
    tailor = BoolOption(
        default=False,
        help="Whether `tailor` proposes a `scratch_image` beside every `go_binary` that no image contains.",
    )

    class EnvironmentAware(Subsystem.EnvironmentAware):
        """The options that an environment target may override."""

        env_vars_used_by_options = ("PATH",)

        _interpreter_search_paths = StrListOption(
            default=["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "<PATH>"],
            help=softwrap(
                """
                Directories to search for a CPython 3.9 to 3.14, named `python3` or `python3.N`. It runs the processes that
                inspect programs and write layers. `<PATH>` stands for the directories of the environment variable PATH. If
                no directory has one, the Python of Pants is used; in a container or on a worker that is an error.

                The first one found is used. Well-known directories come first, so that machines use the same one and share
                cached work: its path is part of a process's cache key. Images do not depend on it.
                """
            ),
            advanced=True,
        )

        @property
        def interpreter_search_paths(self) -> Tuple[str, ...]:
            """The directories, each once, with those of PATH in the place of `<PATH>`."""
            return tuple(dict.fromkeys(self._expanded()))

        def _expanded(self) -> Iterator[str]:
            for entry in self._interpreter_search_paths:
                if entry == "<PATH>":
                    yield from filter(None, self._options_env.get("PATH", "").split(":"))
                else:
                    yield entry


class ScratchImageTestSubsystem(HelpFromDocstring, Subsystem):
    """Tests of what is in container images built FROM scratch."""

    # Not the scope `scratch-image`, whose `skip` skips lint.
    options_scope = _OptionsScope("scratch-image-test")
    name = "scratch_image_test"

    skip = SkipOption("test")
    require_run = BoolOption(
        default=False,
        help=softwrap(
            """
            Whether `commands` and `service` fail where this machine allows no image to run without a container engine. If
            not, they are left out, with a warning.
            """
        ),
    )
