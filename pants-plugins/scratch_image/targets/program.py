"""What runs, and how: the fields of the program and of the image configuration."""

from __future__ import annotations

from typing import Any, Dict, Union

from pants.engine.addresses import Address
from pants.engine.target import AsyncFieldMixin, Field
from pants.util.strutil import help_text

from scratch_image.targets.kinds import DictField, ListField, TextField, freeze


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
        return freeze(raw_value)


class ScratchImageBinaryPathField(TextField):
    alias = "binary_path"
    help = help_text(
        """
        The absolute path of the program in the image. Default: `/app`.

        It is written with mode 0755, owned by 0:0; directories above it have mode 0755.
        """
    )


class ScratchImagePlatformField(TextField):
    alias = "platform"
    help = help_text(
        """
        The platform of the image, as OCI writes it: `linux/amd64`, `linux/arm64`, `linux/arm/v7`.

        By default it is read from the program: the architecture from its ELF header; the variant of arm, and of amd64 from
        v2 on, from Go's build information, `.ARM.attributes` or GNU's properties, where they say it. A platform of another
        architecture than the program's is an error (SR020), unless `allow` accepts it.
        """
    )


class ScratchImageEntrypointField(ListField):
    alias = "entrypoint"
    help = help_text(
        """
        The command that the image runs, as a list: `["/app", "serve"]`. Default: the path of the program.

        There is no shell in an image from scratch, so a command can not be one string.
        """
    )


class ScratchImageCmdField(ListField):
    alias = "cmd"
    help = help_text(
        """
        Arguments that follow `entrypoint`, as a list: `["--port=8080"]`. Whoever runs the image can replace them.
        """
    )


class ScratchImageEnvField(DictField):
    alias = "env"
    help = help_text(
        """
        Environment variables of the program: `{"LOG_LEVEL": "info"}`.

        They are in the image for all to read, so a secret does not belong here. Their order in the BUILD file decides
        nothing: they are sorted by name.
        """
    )


class ScratchImageWorkdirField(TextField):
    alias = "workdir"
    help = help_text(
        """
        The directory that the program is started in, an absolute path. By default the image says nothing, and runtimes
        take `/`.
        """
    )


class ScratchImageUserField(TextField):
    alias = "user"
    help = help_text(
        """
        The user that the program runs as: `uid`, `uid:gid`, or names. Default: the option `[scratch-image].user`, which is
        `65532:65532`.

        Ids are better than names: an image from scratch has no `/etc/passwd` to look a name up in, and Kubernetes'
        `runAsNonRoot` demands an id. To run as root write `0:0`.
        """
    )


class ScratchImageCapabilitiesField(ListField):
    alias = "capabilities"
    help = help_text(
        """
        File capabilities of the program, by which it may do what else only root may: `["cap_net_bind_service"]` to listen on
        port 80. They are permitted and effective when it starts (capabilities(7)).
        """
    )
