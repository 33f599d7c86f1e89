"""The options `[scratch-image]`, `[scratch-image-run]` and `[scratch-image-test]`."""

from __future__ import annotations

import enum
from typing import Any, Iterator, Tuple

from pants.option.option_types import BoolOption, DictOption, EnumOption, IntOption, SkipOption, StrListOption, StrOption
from pants.option.subsystem import Subsystem
from pants.util.strutil import softwrap

from scratch_image.targets.kinds import HelpFromDocstring


class _OptionsScope(str):
    """The scope `scratch-image` beside a target type `scratch_image`.

    Pants refuses two names that differ only in `-` and `_`, although help, options and BUILD files all tell them apart. It
    compares `normalize_scope(scope)`, which begins with `lower()` (docs/adr/0005).
    """

    def lower(self) -> str:
        return f"{self} options"


class PublishCheck(enum.Enum):
    """What `publish` asks the registry for, of an image that is there."""

    TAGS = "tags"
    ALL = "all"


class ScratchImageSubsystem(HelpFromDocstring, Subsystem):
    """Container images built FROM scratch from statically linked programs.

    These options are the defaults of every `scratch_image` target; a field of the same name overrides them.
    """

    options_scope = _OptionsScope("scratch-image")
    name = "scratch_image"

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
    archive = BoolOption(
        default=False,
        help="The default of the field `archive`: whether `image.tar` is written.",
    )
    write = StrListOption(
        default=["layout"],
        help=softwrap(
            """
            What `package` writes to dist/ for each image, beside the report `image.json`: `layout` (the directory `oci/`),
            `archive` (`image.tar`, as for images with `archive=True`, which have it in any case). `["report"]` writes the
            report alone: every image is built and checked, but no layer is copied to dist/, and with
            `[GLOBAL].cache_content_behavior = "defer"` none is fetched from a remote cache. `publish` and `test` need
            nothing in dist/. Digests and cache keys do not depend on this option.

            As with every list option of Pants, `--scratch-image-write=archive` adds to the list; a list replaces it:
            `--scratch-image-write='["report"]'`.
            """
        ),
    )
    sbom = StrListOption(
        default=[],
        help='The default of the field `sbom`, for example `["cyclonedx", "spdx"]`.',
    )
    provenance = BoolOption(
        default=False,
        help="The default of the field `provenance`: whether provenance is written. It needs `builder_id`.",
    )
    builder_id = StrOption(
        default=None,
        help=softwrap(
            """
            The `builder.id` of provenance: a URI of the platform that is trusted to build, not of this tool:
            `https://ci.example/builders/release`. A platform of other trust, such as a developer's machine, has another
            one. Digests and cache keys do not depend on this option.
            """
        ),
    )
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
    signing_key = StrOption(
        default=None,
        help=softwrap(
            """
            The private key with which `publish` signs each image, the image of each platform, and SBOMs and provenance, as
            cosign does: the path of a PEM file (PKCS #8, or `cosign.key`), or `env:NAME` for a variable that holds it. The
            pass phrase of an encrypted key is in the variable COSIGN_PASSWORD. ECDSA on P-256, P-384 or P-521, or Ed25519.
            Only the process that publishes reads it.
            """
        ),
    )
    signing_command = StrListOption(
        default=[],
        help=softwrap(
            """
            A command that signs instead of `signing_key`, for a key in a KMS, for example `["tools/sign.sh"]`. It runs in
            the root of the repository, gets the digest of a manifest as its last argument and a statement (in-toto, JSON)
            on its standard input, and writes a Sigstore bundle to its standard output. `publish_env_vars` passes variables
            to it.
            """
        ),
    )
    signing_public_key = StrOption(
        default=None,
        help=softwrap(
            """
            The public key of `signing_command`, a PEM file. Its signatures are verified, and those that are there already
            are not made again.
            """
        ),
    )
    publish_timeout = IntOption(
        default=1800,
        help="The time limit of `publish` in seconds per image, retries included.",
    )
    default_repository = StrOption(
        default="{name}",
        help="The default of the field `repository`. It may contain the placeholders of that field.",
    )
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
    workers = BoolOption(
        default=True,
        help=softwrap(
            """
            Whether the processes that inspect programs and write layers run in workers: processes that Pants keeps, in which
            a new image costs a fifth. Only on Linux, with pantsd, and while nobody asks Pants to keep sandboxes. If it
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
    skip = SkipOption("lint")

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


class ScratchImageRunSubsystem(HelpFromDocstring, Subsystem):
    """How `run` starts container images built FROM scratch, without a container engine.

    The program gets the environment of the image and of the option `env`, and nothing of this machine's.
    """

    options_scope = "scratch-image-run"
    name = "scratch_image_run"

    entrypoint = StrListOption(
        default=[],
        help='Replaces the entrypoint and `cmd` of the image, for example `["/app", "serve"]`.',
    )
    env = StrListOption(
        default=[],
        help='Environment variables, which override those of the image, for example `["LOG_LEVEL=debug"]`.',
    )
    user = StrOption(
        default=None,
        help="The user that the program runs as, in place of the image's: `uid`, `uid:gid`, or names of its `/etc/passwd`.",
    )
    mounts = StrListOption(
        default=[],
        help=softwrap(
            """
            Files and directories of this machine in the root of the program, for example `["testdata:/data",
            "config.toml:/etc/a:ro"]`. Paths of this machine are relative to the repository's root.
            """
        ),
    )
    platform = StrOption(
        default=None,
        help=softwrap(
            """
            The image of an index to run: `linux/arm64`. A program for another CPU needs qemu-user. Default: the platform of
            this machine.
            """
        ),
    )
    network = StrOption(
        default="host",
        help="The network of the program: `host`, this machine's, or `none`, which has a loopback interface only.",
    )
    read_only = BoolOption(
        default=False,
        help="Whether the root file system is read-only, as with `readOnlyRootFilesystem` of Kubernetes, except `volumes`.",
    )
    restricted = BoolOption(
        default=False,
        help=softwrap(
            """
            Whether the program runs as under the restricted profile of Kubernetes: not as root, with no capabilities, and
            without a way to gain any.
            """
        ),
    )
    low_ports = BoolOption(
        default=False,
        help='Whether all users may bind to ports below 1024, as in Docker. With `network = "none"` only.',
    )
    allow_weak = BoolOption(
        default=False,
        help="Whether a program may run as root where this machine allows nothing better than chroot to confine it.",
    )


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
