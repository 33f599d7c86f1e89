"""The target `scratch_image`."""

from __future__ import annotations

from pants.core.util_rules.environments import EnvironmentField
from pants.engine.target import COMMON_TARGET_FIELDS, Dependencies, Target
from pants.util.strutil import help_text

from scratch_image.targets.configuration import (
    ScratchImageAnnotationsField,
    ScratchImageCreatedField,
    ScratchImageExposedPortsField,
    ScratchImageLabelsField,
    ScratchImageStopSignalField,
    ScratchImageVolumesField,
)
from scratch_image.targets.contents import (
    ScratchImageCaBundleField,
    ScratchImageDirectoriesField,
    ScratchImageFilesField,
    ScratchImageRuntimeFilesField,
    ScratchImageSymlinksField,
)
from scratch_image.targets.output import (
    ScratchImageAllowField,
    ScratchImageArchiveField,
    ScratchImageCompressionField,
    ScratchImageOutputPathField,
    ScratchImageRegistriesField,
    ScratchImageRepositoryField,
    ScratchImageSkipPushField,
    ScratchImageTagsField,
)
from scratch_image.targets.program import (
    ScratchImageBinaryField,
    ScratchImageBinaryPathField,
    ScratchImageCapabilitiesField,
    ScratchImageCmdField,
    ScratchImageEntrypointField,
    ScratchImageEnvField,
    ScratchImagePlatformField,
    ScratchImageUserField,
    ScratchImageWorkdirField,
)


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
        ScratchImageArchiveField,
        ScratchImageRegistriesField,
        ScratchImageRepositoryField,
        ScratchImageTagsField,
        ScratchImageSkipPushField,
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
