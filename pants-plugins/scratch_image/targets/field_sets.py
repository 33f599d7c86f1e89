"""A `scratch_image` target as the rules take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict

from pants.core.goals.package import PackageFieldSet
from pants.core.util_rules.environments import EnvironmentField

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


@dataclass(frozen=True)
class ScratchImageFieldSet(PackageFieldSet):
    required_fields = (ScratchImageBinaryField,)

    binary: ScratchImageBinaryField
    binary_path: ScratchImageBinaryPathField
    platform: ScratchImagePlatformField
    entrypoint: ScratchImageEntrypointField
    cmd: ScratchImageCmdField
    env: ScratchImageEnvField
    workdir: ScratchImageWorkdirField
    user: ScratchImageUserField
    exposed_ports: ScratchImageExposedPortsField
    volumes: ScratchImageVolumesField
    stop_signal: ScratchImageStopSignalField
    image_labels: ScratchImageLabelsField
    annotations: ScratchImageAnnotationsField
    created: ScratchImageCreatedField
    compression: ScratchImageCompressionField
    files: ScratchImageFilesField
    directories: ScratchImageDirectoriesField
    symlinks: ScratchImageSymlinksField
    capabilities: ScratchImageCapabilitiesField
    runtime_files: ScratchImageRuntimeFilesField
    ca_bundle: ScratchImageCaBundleField
    allow: ScratchImageAllowField
    output_path: ScratchImageOutputPathField
    archive: ScratchImageArchiveField
    registries: ScratchImageRegistriesField
    repository: ScratchImageRepositoryField
    image_tags: ScratchImageTagsField
    skip_push: ScratchImageSkipPushField
    environment: EnvironmentField

    def names(self) -> Dict[str, object]:
        """Name → value as written, of the fields that say what the image is called."""
        return {field.alias: field.value for field in (self.registries, self.repository, self.image_tags)}

    def values(self) -> Dict[str, object]:
        """Name → value as written, of the fields that say what the image is."""
        fields = (
            self.binary,
            self.binary_path,
            self.platform,
            self.entrypoint,
            self.cmd,
            self.env,
            self.workdir,
            self.user,
            self.exposed_ports,
            self.volumes,
            self.stop_signal,
            self.image_labels,
            self.annotations,
            self.created,
            self.compression,
            self.files,
            self.directories,
            self.symlinks,
            self.capabilities,
            self.runtime_files,
            self.ca_bundle,
            self.archive,
            self.skip_push,
        )
        return {field.alias: field.value for field in fields}
