"""The target `scratch_image_test` and its fields."""

from __future__ import annotations

from typing import Any, Optional

from pants.core.goals.test import TestTimeoutField
from pants.engine.addresses import Address
from pants.engine.target import COMMON_TARGET_FIELDS, AsyncFieldMixin, Dependencies, Target

from scratch_image.engine.quirks import EnvironmentField
from scratch_image.targets.kinds import (
    DictField,
    FlagField,
    HelpFromDocstring,
    ListField,
    ListOfDictsField,
    SizeField,
    TextField,
    freeze,
)


class ScratchImageTestImageField(AsyncFieldMixin, TextField):
    """The address of the `scratch_image` under test, for example `:image`. The test packages the image as `package` does.
    The dependency on the image is inferred."""

    alias = "image"
    required = True


class ScratchImageTestPlatformField(TextField):
    """The only platform of an image index to test: `linux/arm64`. The index must have it. Default: all platforms, and the
    expectations must hold for each."""

    alias = "platform"


class ScratchImageTestFilesField(DictField):
    """What must be in the image: absolute path → attributes, all of them optional, for example `{"type": "file", "mode":
    "0755", "owner": "0:0", "digest": "sha256:…", "text": "…", "target": "…"}`. With `{}` the path only has to exist.
    Default: none.

    `type` is `file`, `directory` or `symlink`; `digest` is that of a file's content, and `text` is the whole content;
    `target` is the target of a link, as written in the link. A path that ends in `/` is a directory.

    Paths are taken literally: no symbolic link is followed.
    """

    alias = "files"


class ScratchImageTestAbsentField(ListField):
    """Paths that must not exist, neither as a file nor as a directory nor as a link, for example `["/bin/sh",
    "/etc/passwd"]`. Default: none."""

    alias = "absent"


class ScratchImageTestNothingElseField(FlagField):
    """Whether the image may contain only what `files` names. Parent directories of a path in `files` are included; a path
    that ends in `/` stands for the directory and everything below it. Default: false."""

    alias = "nothing_else"


class ScratchImageTestConfigField(DictField):
    """Expected values of the image's configuration, under the names of the fields of `scratch_image`, for example `{"user":
    "65532:65532", "entrypoint": ["/app"], "env": {"LOG_LEVEL": "info", "DEBUG": None}}`. Default: none.

    `cmd`, `created`, `entrypoint`, `exposed_ports`, `platform`, `stop_signal`, `user`, `volumes` and `workdir` are
    compared as a whole; the order of `exposed_ports` and `volumes` does not matter. Of `annotations`, `env` and
    `image_labels`, only the keys named here are compared. None stands for a value that must not be set.
    """

    alias = "config"


class ScratchImageTestMaxSizeField(SizeField):
    """The largest allowed size of each platform's image in a registry: the sum of the sizes of its layers' blobs, as its
    manifest lists them. The manifest and the configuration do not count. In bytes, or with a unit: `20_000_000`, `"20MB"`,
    `"19.5MiB"`. Default: no limit."""

    alias = "max_size"


class ScratchImageTestMaxUnpackedSizeField(SizeField):
    """The largest allowed unpacked size of each platform's image: the sum of the sizes of the tar archives in its layers,
    which `package` prints as unpacked. In bytes, or with a unit: `50_000_000`, `"50MB"`, `"48MiB"`. Default: no limit."""

    alias = "max_unpacked_size"


class ScratchImageTestMaxGrowthField(SizeField):
    """How much larger each platform's image may be in a registry than `[scratch-image].sizes_file` records: `"2%"`,
    `"100kB"`, `100_000`. A test that fails shows the parts that grew, the largest growth first. An image that is not
    recorded is a warning. `measure-images --write ::` renews the file. Default: no limit."""

    alias = "max_growth"


class ScratchImageTestMaxSeverityField(TextField):
    """The highest allowed severity of the image's findings: `none`, `info` or `warning` (an image with an error is not
    made). The findings in `image.json` count: it has neither those that `allow` accepts nor those that depend on the date
    (SR060), which `lint` reports. Default: any."""

    alias = "max_severity"


class ScratchImageTestCommandsField(ListOfDictsField):
    """Commands that are run in containers of their own, without a container engine, for example `[{"args": ["--version"],
    "stdout": "hello 1.0\\n"}, {"args": ["--check"], "stdin": "…", "exit_code": 2, "stderr_matches": "no config", "env":
    {"X": "1"}, "timeout": 5}]`. Default: none.

    `args` follow the entrypoint, and `env` is added to the image's. `stdout` and `stderr` are the whole output;
    `stdout_matches` and `stderr_matches` are regular expressions that match somewhere in it. The default of `exit_code` is
    0, that of `timeout` 10 seconds.
    """

    alias = "commands"


class ScratchImageTestServiceField(DictField):
    """A service that the program is, for example `{"args": [], "port": 8080, "path": "/healthz", "status": 200, "within": 5,
    "stop_within": 2}`. Default: none.

    It must answer an HTTP request on the port within so many seconds, and end within so many seconds of the image's stop
    signal. All but `port` have defaults: the image's `cmd`, `/`, 200, and 10 seconds each. It may also have `env`.
    """

    alias = "service"


class ScratchImageTestReadOnlyField(FlagField):
    """Whether `commands` and `service` run with a read-only root file system, except `volumes`, as with
    `readOnlyRootFilesystem` of Kubernetes. Default: false."""

    alias = "read_only"


class ScratchImageTestRestrictedField(FlagField):
    """Whether `commands` and `service` run as under the restricted profile of Kubernetes: not as root, with no capabilities,
    and without a way to gain any. Default: false."""

    alias = "restricted"


class ScratchImageTestSkipField(FlagField):
    """Whether `test` leaves this test out. Default: false."""

    alias = "skip_tests"


class ScratchImageTestTimeoutField(TestTimeoutField):
    """The time limit of a test in seconds, as other tests have it."""

    @classmethod
    def compute_value(cls, raw_value: Optional[int], address: Address) -> Any:
        """The value as written, made immutable."""
        return freeze(raw_value)


# The fields of its own; `values()` of its field set has them all.
FIELDS = (
    ScratchImageTestImageField,
    ScratchImageTestPlatformField,
    ScratchImageTestFilesField,
    ScratchImageTestAbsentField,
    ScratchImageTestNothingElseField,
    ScratchImageTestConfigField,
    ScratchImageTestMaxSizeField,
    ScratchImageTestMaxUnpackedSizeField,
    ScratchImageTestMaxGrowthField,
    ScratchImageTestMaxSeverityField,
    ScratchImageTestCommandsField,
    ScratchImageTestServiceField,
    ScratchImageTestReadOnlyField,
    ScratchImageTestRestrictedField,
    ScratchImageTestSkipField,
    ScratchImageTestTimeoutField,
)


class ScratchImageTestDependenciesField(Dependencies):
    """Dependencies of a test, in addition to the inferred one."""


class ScratchImageTestTarget(HelpFromDocstring, Target):
    """A test of what a `scratch_image` holds, and of what its program does: files, configuration, size, findings,
    commands and a service.

    For example:

        scratch_image_test(
            name="test",
            image=":image",
            files={"/app": {"mode": "0755", "owner": "0:0"}},
            nothing_else=True,
            config={"user": "65532:65532"},
            max_size="20MB",
            max_severity="info",
            commands=[{"args": ["--version"], "stdout": "hello 1.0\\n"}],
        )

    `test` runs the test and prints every difference. The image is read from its layers: they are unpacked and
    applied in order, and their digests are recomputed. Programs run without a container engine; how much of a container the
    machine allows (docs/running.md) is shown, and is part of the test's cache key.
    """

    alias = "scratch_image_test"
    core_fields = (*COMMON_TARGET_FIELDS, EnvironmentField, ScratchImageTestDependenciesField, *FIELDS)
