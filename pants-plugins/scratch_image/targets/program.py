"""What runs, and how: the fields of the program and of the image configuration."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, Union

from pants.engine.addresses import Address
from pants.engine.target import AsyncFieldMixin, Field

from scratch_image.targets.kinds import DictField, HelpFromDocstring, ListField, TextField, freeze


class ScratchImageBinaryField(AsyncFieldMixin, HelpFromDocstring, Field):
    """The address of the target that makes the program, for example `:bin`; or one program per platform, for an image
    index, for example `{"linux/amd64": ":bin-amd64", "linux/arm64": ":bin-arm64"}`.

    Any target whose artifact is exactly one file will do: `go_binary`, `adhoc_tool`, `shell_command`, `file`, or any other
    that `package` knows. An archive is not unpacked. The program must be a statically linked ELF file, because an image
    built FROM scratch has no loader and no libraries.

    The dependency on the target is inferred; do not repeat it in `dependencies`.
    """

    alias = "binary"
    required = True

    @classmethod
    def compute_value(cls, raw_value: Union[str, Dict[str, str], None], address: Address) -> Any:
        """The value as written, made immutable."""
        return freeze(raw_value)


def addresses_of_programs(binary: object) -> Iterator[str]:
    """The addresses, as written, in a value of the field `binary`; values of a wrong type are left out."""
    for text in binary.values() if isinstance(binary, Mapping) else (binary,):
        if isinstance(text, str) and text.strip():
            yield text


class ScratchImageBinaryPathField(TextField):
    """The absolute path of the program in the image. Default: `/app`.

    The program has mode 0755 and owner 0:0; directories above it have mode 0755.
    """

    alias = "binary_path"


class ScratchImagePlatformField(TextField):
    """The platform of the image, as OCI writes it: `linux/amd64`, `linux/arm64`, `linux/arm/v7`.

    Default: read from the program. The architecture comes from its ELF header; the variant, for arm and for amd64 from v2
    on, from Go's build information, `.ARM.attributes` or GNU properties, if one of them states it. A platform of another
    architecture than the program's is an error (SR020), unless `allow` accepts it.
    """

    alias = "platform"


class ScratchImageEntrypointField(ListField):
    """The command that the image runs, as a list, for example `["/app", "serve"]`. Default: the path of the program.

    An image built FROM scratch has no shell, so the command cannot be one string.
    """

    alias = "entrypoint"


class ScratchImageCmdField(ListField):
    """Arguments that follow `entrypoint`, as a list, for example `["--port=8080"]`. Whoever runs the image can replace them.
    Default: none."""

    alias = "cmd"


class ScratchImageEnvField(DictField):
    """Environment variables of the program, for example `{"LOG_LEVEL": "info"}`. Default: none.

    Everyone who has the image can read them, so do not put a secret here. They are sorted by name: their order in the
    BUILD file has no effect.
    """

    alias = "env"


class ScratchImageWorkdirField(TextField):
    """The working directory of the program, an absolute path. Default: not set, and runtimes use `/`."""

    alias = "workdir"


class ScratchImageUserField(TextField):
    """The user that the program runs as: `uid`, `uid:gid`, or names. Default: the option `[scratch-image].user`, which is
    `65532:65532`.

    Ids are better than names: an image built FROM scratch has no `/etc/passwd` to look up a name, and Kubernetes'
    `runAsNonRoot` needs an id. To run as root, write `0:0`.
    """

    alias = "user"


class ScratchImageCapabilitiesField(ListField):
    """File capabilities of the program, which let it do what otherwise only root may, for example `["cap_net_bind_service"]`
    to listen on port 80. setcap's forms are accepted: `cap_net_bind_service=ep`, which the name alone means, is permitted
    and effective when the program starts; `=p` is permitted only, for a program that raises it by itself (capabilities(7)).
    A container that drops an effective capability cannot start the program at all; with `=p` it starts, and lacks the
    capability. Default: none."""

    alias = "capabilities"


FIELDS = (
    ScratchImageBinaryField,
    ScratchImageBinaryPathField,
    ScratchImagePlatformField,
    ScratchImageEntrypointField,
    ScratchImageCmdField,
    ScratchImageEnvField,
    ScratchImageWorkdirField,
    ScratchImageUserField,
    ScratchImageCapabilitiesField,
)
