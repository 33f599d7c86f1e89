"""The target `scratch_image_debug` and its fields."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, Optional, Union

from pants.engine.addresses import Address
from pants.engine.target import COMMON_TARGET_FIELDS, AsyncFieldMixin, Dependencies, Target

from scratch_image.engine.quirks import EnvironmentField
from scratch_image.targets.kinds import DictField, HelpFromDocstring, ListField, TextField, freeze
from scratch_image.targets.output import ScratchImageAllowField, ScratchImageOutputPathField, ScratchImageSkipPushField
from scratch_image.targets.program import addresses_of_programs


class ScratchImageDebugImageField(AsyncFieldMixin, TextField):
    """The address of the `scratch_image` to debug, for example `:image`. Its layers, configuration and names are the debug
    image's. The dependency on the image is inferred."""

    alias = "image"
    required = True


class ScratchImageDebugToolsField(DictField, AsyncFieldMixin):
    """The tools: path in the image → the address of a target that makes them, for example `{"/busybox/": ":busybox"}`; or
    one address for each platform of an image index, for example `{"/busybox/": {"linux/amd64": ":busybox-amd64",
    "linux/arm64": ":busybox-arm64"}}`.

    A target with one file makes a program, which is written to the path with mode 0755, or below the path if that ends in
    `/`. The files and links of any other target are written below the path. Owners are 0:0. Executables are checked like
    the program of an image: they must be static, and built for its platform. A tool never hides a file of the image.

    All tools are one layer. The directories of those that can be run are appended to PATH.
    """

    alias = "tools"
    required = True

    @classmethod
    def compute_value(cls, raw_value: Optional[Dict[str, Union[str, Dict[str, str]]]], address: Address) -> Any:
        """The value as written, made immutable."""
        return freeze(raw_value)


def addresses_of_tools(tools: object) -> Iterator[str]:
    """The addresses, as written, in a value of the field `tools`; values of a wrong type are left out."""
    for value in tools.values() if isinstance(tools, Mapping) else ():
        yield from addresses_of_programs(value)


class ScratchImageDebugEntrypointField(ListField):
    """The command that the debug image runs, as a list, for example `["/busybox/busybox", "sh"]`. The image's `cmd` is
    dropped with its entrypoint. Default: the entrypoint and `cmd` of the image, so that the debug image can take its
    place."""

    alias = "entrypoint"


class ScratchImageDebugAllowField(ScratchImageAllowField):
    """Ids of checks whose findings about `tools` and `entrypoint` are accepted, for example `["SR030"]`. SR001 to SR004
    cannot be accepted. `docs/checks.md` lists the checks. Default: none."""


# The fields of its own; `values()` of its field set has them all.
FIELDS = (
    ScratchImageDebugImageField,
    ScratchImageDebugToolsField,
    ScratchImageDebugEntrypointField,
    ScratchImageDebugAllowField,
    ScratchImageOutputPathField,
    ScratchImageSkipPushField,
)


class ScratchImageDebugDependenciesField(Dependencies):
    """Dependencies of a debug image, in addition to the inferred ones."""


class ScratchImageDebugTarget(HelpFromDocstring, Target):
    """The debug image of a `scratch_image`: the same layers, one more with tools on top, and a PATH that leads to them.

    For example:

        file(name="busybox", source="busybox")
        scratch_image_debug(name="debug", image=":image", tools={"/busybox/": ":busybox"})

    `run` starts a shell of `tools`. `package` writes the debug image as it does any other, and
    `publish` sends it under the tags of the image with `-debug`: the registry has the image's layers already. The image
    itself does not change (docs/debugging.md).
    """

    alias = "scratch_image_debug"
    core_fields = (*COMMON_TARGET_FIELDS, EnvironmentField, ScratchImageDebugDependenciesField, *FIELDS)
