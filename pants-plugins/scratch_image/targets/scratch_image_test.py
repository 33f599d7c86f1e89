"""The vocabulary of BUILD files: the target `scratch_image_test` and its fields.

As in target_types.py, a field takes what is written: `structure_spec.py` reads all of them together when the test runs.
"""

from __future__ import annotations

from typing import Any, Optional

from pants.core.goals.test import TestTimeoutField
from pants.core.util_rules.environments import EnvironmentField
from pants.engine.addresses import Address
from pants.engine.target import COMMON_TARGET_FIELDS, AsyncFieldMixin, Dependencies, Target
from pants.util.strutil import help_text

from scratch_image.targets.kinds import DictField, FlagField, ListField, SizeField, TextField, freeze


class ScratchImageTestImageField(AsyncFieldMixin, TextField):
    alias = "image"
    required = True
    help = help_text(
        """
        The address of the `scratch_image` that is tested, for example `:image`. It is packaged for the test, as `package`
        does. The dependency on it is inferred.
        """
    )


class ScratchImageTestPlatformField(TextField):
    alias = "platform"
    help = help_text(
        """
        The only platform that is looked at of an image for several: `linux/arm64`. It has to be there. Default: all, and
        what is expected must hold for each.
        """
    )


class ScratchImageTestFilesField(DictField):
    alias = "files"
    help = help_text(
        """
        What must be in the image: absolute path → what is to be true of it, all of it optional: `{"type": "file", "mode":
        "0755", "owner": "0:0", "digest": "sha256:…", "text": "…", "target": "…"}`. With `{}` it only has to be there.

        `type` is `file`, `directory` or `symlink`; `digest` is of a file's content, and `text` is that content as a whole;
        `target` is where a link leads, as it is written in the link. A path that ends in `/` is a directory.

        Paths are taken as they are written: no link on the way is followed.
        """
    )


class ScratchImageTestAbsentField(ListField):
    alias = "absent"
    help = help_text(
        """
        Paths at which nothing may be, neither a file nor a directory nor a link: `["/bin/sh", "/etc/passwd"]`.
        """
    )


class ScratchImageTestNothingElseField(FlagField):
    alias = "nothing_else"
    help = help_text(
        """
        Whether the image may have nothing but what `files` names. The directories that a path of `files` is in are
        understood; a path of `files` that ends in `/` stands for the directory and all that is below it.
        """
    )


class ScratchImageTestConfigField(DictField):
    alias = "config"
    help = help_text(
        """
        What the image's configuration must say, under the names that the fields of `scratch_image` have:
        `{"user": "65532:65532", "entrypoint": ["/app"], "env": {"LOG_LEVEL": "info", "DEBUG": None}}`.

        `cmd`, `created`, `entrypoint`, `exposed_ports`, `platform`, `stop_signal`, `user`, `volumes` and `workdir` are
        compared as a whole; the order of `exposed_ports` and `volumes` does not count. Of `annotations`, `env` and
        `image_labels`, only the keys that are named here are compared. None stands for a value that must not be set.
        """
    )


class ScratchImageTestMaxSizeField(SizeField):
    alias = "max_size"
    help = help_text(
        """
        How large the image of each platform may be as it is stored and sent: the sum of the sizes of its layers' blobs,
        as its manifest lists them. The manifest and the configuration do not count. In bytes, or with a unit:
        `20_000_000`, `"20MB"`, `"19.5MiB"`.
        """
    )


class ScratchImageTestMaxUnpackedSizeField(SizeField):
    alias = "max_unpacked_size"
    help = help_text(
        """
        How large the image of each platform may be unpacked: the sum of the sizes of the tar archives in its layers,
        which is what `package` prints as unpacked. In bytes, or with a unit: `50_000_000`, `"50MB"`, `"48MiB"`.
        """
    )


class ScratchImageTestMaxSeverityField(TextField):
    alias = "max_severity"
    help = help_text(
        """
        The highest severity of a finding that the image may have: `none`, `info` or `warning` (an image with an error is not
        made). Counted are the findings in `image.json`: those that `allow` accepts are not there, nor are those that depend
        on the date (SR060), which `lint` has.
        """
    )


class ScratchImageTestSkipField(FlagField):
    alias = "skip_tests"
    help = "If true, don't run this test."


class ScratchImageTestTimeoutField(TestTimeoutField):
    @classmethod
    def compute_value(cls, raw_value: Optional[int], address: Address) -> Any:
        return freeze(raw_value)


class ScratchImageTestDependenciesField(Dependencies):
    pass


class ScratchImageTestTarget(Target):
    alias = "scratch_image_test"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        EnvironmentField,
        ScratchImageTestDependenciesField,
        ScratchImageTestImageField,
        ScratchImageTestPlatformField,
        ScratchImageTestFilesField,
        ScratchImageTestAbsentField,
        ScratchImageTestNothingElseField,
        ScratchImageTestConfigField,
        ScratchImageTestMaxSizeField,
        ScratchImageTestMaxUnpackedSizeField,
        ScratchImageTestMaxSeverityField,
        ScratchImageTestSkipField,
        ScratchImageTestTimeoutField,
    )
    help = help_text(
        """
        A test of what a `scratch_image` holds, without running it: its files, its configuration, its size and its findings.

        For example:

            scratch_image_test(
                name="test",
                image=":image",
                files={"/app": {"mode": "0755", "owner": "0:0"}},
                nothing_else=True,
                config={"user": "65532:65532"},
                max_size="20MB",
                max_severity="info",
            )

        `./pants test` runs it, and prints all that differs. The image is read from its layers: they are unpacked and applied
        one over the other, and their digests are derived again.
        """
    )
