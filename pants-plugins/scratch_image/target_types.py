"""The vocabulary of BUILD files: the target `scratch_image` and its fields.

A field takes what is written, right or wrong: `image_spec.py` reads all of a target's fields together when an image is
made, so that every mistake is shown at once and none breaks `./pants list ::`.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, Optional, Union

from pants.core.goals.package import OutputPathField
from pants.core.util_rules.environments import EnvironmentField
from pants.engine.addresses import Address
from pants.engine.target import COMMON_TARGET_FIELDS, AsyncFieldMixin, Dependencies, Field, Target
from pants.util.frozendict import FrozenDict
from pants.util.strutil import help_text


def _freeze(value: Any) -> Any:
    """The value with what can be changed made unchangeable, as the engine's keys must be."""
    if isinstance(value, dict):
        return FrozenDict({key: _freeze(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(map(_freeze, value))
    if isinstance(value, (set, frozenset)):
        return tuple(sorted(map(_freeze, value), key=repr))
    return value


class WrittenField(Field):
    """A field that takes what is written, right or wrong; not set, it is None."""

    default = None

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> Any:
        return _freeze(raw_value)


class _TextField(Field):
    default = None

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Any:
        return _freeze(raw_value)


class _ListField(Field):
    default = None

    @classmethod
    def compute_value(cls, raw_value: Optional[Iterable[str]], address: Address) -> Any:
        return _freeze(raw_value)


class _DictField(Field):
    default = None

    @classmethod
    def compute_value(cls, raw_value: Optional[Dict[str, str]], address: Address) -> Any:
        return _freeze(raw_value)


class ScratchImageBinaryField(AsyncFieldMixin, Field):
    alias = "binary"
    required = True
    help = help_text(
        """
        The address of the target that makes the program, for example `:bin`; or one program per platform, which make an
        image index: `{"linux/amd64": ":bin-amd64", "linux/arm64": ":bin-arm64"}`.

        Any target will do whose artifact is exactly one file: `go_binary`, `adhoc_tool`, `shell_command`, `file`, or any
        other that `package` knows. An archive is not unpacked. The program must be a statically linked ELF file: an image
        from scratch holds no loader and no libraries.

        The dependency on it is inferred; you need not repeat it in `dependencies`.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Union[str, Dict[str, str], None], address: Address) -> Any:
        return _freeze(raw_value)


class ScratchImageBinaryPathField(_TextField):
    alias = "binary_path"
    help = help_text(
        """
        The absolute path of the program in the image. Default: `/app`.

        It is written with mode 0755, owned by 0:0; directories above it have mode 0755.
        """
    )


class ScratchImagePlatformField(_TextField):
    alias = "platform"
    help = help_text(
        """
        The platform of the image, as OCI writes it: `linux/amd64`, `linux/arm64`, `linux/arm/v7`.

        By default it is read from the program: the architecture from its ELF header; the variant of arm, and of amd64 from
        v2 on, from Go's build information, `.ARM.attributes` or GNU's properties, where they say it. A platform of another
        architecture than the program's is an error (SR020), unless `allow` accepts it.
        """
    )


class ScratchImageEntrypointField(_ListField):
    alias = "entrypoint"
    help = help_text(
        """
        The command that the image runs, as a list: `["/app", "serve"]`. Default: the path of the program.

        There is no shell in an image from scratch, so a command can not be one string.
        """
    )


class ScratchImageCmdField(_ListField):
    alias = "cmd"
    help = help_text(
        """
        Arguments that follow `entrypoint`, as a list: `["--port=8080"]`. Whoever runs the image can replace them.
        """
    )


class ScratchImageEnvField(_DictField):
    alias = "env"
    help = help_text(
        """
        Environment variables of the program: `{"LOG_LEVEL": "info"}`.

        They are in the image for all to read, so a secret does not belong here. Their order in the BUILD file decides
        nothing: they are sorted by name.
        """
    )


class ScratchImageWorkdirField(_TextField):
    alias = "workdir"
    help = help_text(
        """
        The directory that the program is started in, an absolute path. By default the image says nothing, and runtimes
        take `/`.
        """
    )


class ScratchImageUserField(_TextField):
    alias = "user"
    help = help_text(
        """
        The user that the program runs as: `uid`, `uid:gid`, or names. Default: the option `[scratch-image].user`, which is
        `65532:65532`.

        Ids are better than names: an image from scratch has no `/etc/passwd` to look a name up in, and Kubernetes'
        `runAsNonRoot` demands an id. To run as root write `0:0`.
        """
    )


class ScratchImageExposedPortsField(_ListField):
    alias = "exposed_ports"
    help = help_text(
        """
        Ports that the program listens on: `["8080", "53/udp"]`. A port without a protocol is tcp.

        This documents the image, and tools such as `docker run -P` read it; it opens nothing by itself.
        """
    )


class ScratchImageVolumesField(_ListField):
    alias = "volumes"
    help = help_text(
        """
        Absolute paths where data is to be mounted: `["/data"]`. Docker mounts a new volume there if nothing else is.
        """
    )


class ScratchImageStopSignalField(_TextField):
    alias = "stop_signal"
    help = help_text(
        """
        The signal that asks the program to stop: a name such as `SIGINT` or `SIGRTMIN+3`, or a number. By default the image
        says nothing, and runtimes send SIGTERM.
        """
    )


class ScratchImageLabelsField(_DictField):
    alias = "image_labels"
    help = help_text(
        """
        Labels of the image's configuration: `{"org.opencontainers.image.title": "hello"}`. Container tools show and
        filter by them. A change of a label changes the image's digest, and moves none of its layers.

        A value may take those of environment variables that `[scratch-image].env_vars` names: `{env.GIT_SHA}`.
        """
    )


class ScratchImageAnnotationsField(_DictField):
    alias = "annotations"
    help = help_text(
        """
        Annotations of the image's manifest: `{"org.opencontainers.image.source": "https://example.org/hello"}`. Registries
        show them; a running container does not see them.

        A value may take those of environment variables that `[scratch-image].env_vars` names: `{env.GIT_SHA}`.
        """
    )


class ScratchImageCreatedField(_TextField):
    alias = "created"
    help = help_text(
        """
        When the image says that it was made, as a date and time of RFC 3339: `2024-05-01T00:00:00Z`.

        Default: the environment variable SOURCE_DATE_EPOCH (seconds since 1970) if it is set, else the option
        `[scratch-image].created`, which is `1970-01-01T00:00:00Z`. The clock is never read, so that the same inputs give
        the same digest. Files in the image are always dated 1970-01-01.
        """
    )


class ScratchImageCompressionField(_TextField):
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


class ScratchImageFilesField(_DictField, AsyncFieldMixin):
    alias = "files"
    help = help_text(
        """
        More files: path in the image → the address of a target that makes them, or
        `{"from": ":a", "mode": "0640", "owner": "0:0"}`, or `{"text": "…"}`.

        The file of a target that makes one is put at the path itself. The files of others (`files`, a directory), and any
        where the path ends in `/`, are put below it, with the paths they have below the target's own directory. Modes are
        0644, and 0755 for files whose source is executable; owners are 0:0. Nothing is taken from the machine. Executables
        in there are proved like the program itself.

        Each address is a layer of its own, which images share; texts, `directories` and `symlinks` together are one.
        """
    )


class ScratchImageDirectoriesField(_DictField):
    alias = "directories"
    help = help_text(
        """
        Directories: path in the image → `{"mode": "0750", "owner": "65532:65532"}`, or `{}` for 0755 and 0:0. Those that
        files are in need not be named.
        """
    )


class ScratchImageSymlinksField(_DictField):
    alias = "symlinks"
    help = help_text(
        """
        Symbolic links: path in the image → where it leads, absolute or relative to the link. A link that leaves the image or
        leads to itself is refused.
        """
    )


class ScratchImageCapabilitiesField(_ListField):
    alias = "capabilities"
    help = help_text(
        """
        File capabilities of the program, by which it may do what else only root may: `["cap_net_bind_service"]` to listen on
        port 80. They are permitted and effective when it starts (capabilities(7)).
        """
    )


class ScratchImageRuntimeFilesField(_ListField):
    alias = "runtime_files"
    help = help_text(
        """
        What programs look for and an empty root does not have:

        - `ca-certificates`: Mozilla's CA certificates (by certifi) in `/etc/ssl/certs/ca-certificates.crt`, and a link to
        them where the OpenSSL in the program looks;

        - `tzdata`: the time zones in `/usr/share/zoneinfo`;

        - `tmp`: the directory `/tmp`, mode 1777;

        - `nonroot`: `/etc/passwd` and `/etc/group` with root, nobody and nonroot (65532), and their homes;

        - `mime-types`: `/etc/mime.types`; `nsswitch`: `/etc/nsswitch.conf` (files, then DNS); `services`: `/etc/services`.

        They are a layer of their own, which all images with the same entries share. Nothing is added by itself: a warning
        says what the program needs, with the line to paste.
        """
    )


class ScratchImageCaBundleField(_ListField, AsyncFieldMixin):
    alias = "ca_bundle"
    help = help_text(
        """
        Addresses of PEM files with your own CA certificates, for example `["//certs:company-root"]`. They become
        `/etc/ssl/certs/ca-certificates.crt`, behind Mozilla's if `runtime_files` has `ca-certificates`, else alone.

        Everything in the files is read strictly: what is no valid CA certificate is an error with its file and line, and a
        private key is refused.
        """
    )


class ScratchImageAllowField(_ListField):
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
        return _freeze(raw_value)


class ScratchImageDependenciesField(Dependencies):
    pass


class ScratchImageTarget(Target):
    alias = "scratch_image"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        EnvironmentField,
        ScratchImageDependenciesField,
        ScratchImageBinaryField,
        ScratchImageBinaryPathField,
        ScratchImagePlatformField,
        ScratchImageEntrypointField,
        ScratchImageCmdField,
        ScratchImageEnvField,
        ScratchImageWorkdirField,
        ScratchImageUserField,
        ScratchImageExposedPortsField,
        ScratchImageVolumesField,
        ScratchImageStopSignalField,
        ScratchImageLabelsField,
        ScratchImageAnnotationsField,
        ScratchImageCreatedField,
        ScratchImageCompressionField,
        ScratchImageFilesField,
        ScratchImageDirectoriesField,
        ScratchImageSymlinksField,
        ScratchImageCapabilitiesField,
        ScratchImageRuntimeFilesField,
        ScratchImageCaBundleField,
        ScratchImageAllowField,
        ScratchImageOutputPathField,
    )
    help = help_text(
        """
        An OCI container image that holds one statically linked program and nothing else: FROM scratch, made without a
        daemon, the same bytes on every machine.

        For example:

            go_binary(name="bin")
            scratch_image(name="image", binary=":bin")

        `./pants package` writes a directory with `oci/`, an OCI image layout that every container tool reads, and
        `image.json`, a report of its digests and sizes. To run it: `podman run oci:dist/src.hello/image/oci`, or copy it to
        a registry: `skopeo copy --preserve-digests oci:dist/src.hello/image/oci docker://registry.example/hello:1.0`.
        """
    )
