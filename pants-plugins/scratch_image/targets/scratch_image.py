"""The target `scratch_image`."""

from __future__ import annotations

from pants.engine.target import COMMON_TARGET_FIELDS, Dependencies, Target

from scratch_image.engine.quirks import EnvironmentField
from scratch_image.targets import attestations, configuration, contents, output, program
from scratch_image.targets.kinds import HelpFromDocstring

# The fields of its own; `values()` of its field set has them all.
FIELDS = (*program.FIELDS, *configuration.FIELDS, *contents.FIELDS, *output.FIELDS, *attestations.FIELDS)


class ScratchImageDependenciesField(Dependencies):
    """Dependencies of an image, in addition to the inferred ones."""


class ScratchImageTarget(HelpFromDocstring, Target):
    """An OCI container image that holds one statically linked program and nothing else: built FROM scratch, without a
    daemon, the same bytes on every machine.

    For example:

        go_binary(name="bin")
        scratch_image(name="image", binary=":bin")

    `package` writes a directory with `oci/`, an OCI image layout that every container tool reads, and
    `image.json`, a report of its digests and sizes. To run the image: `podman run oci:dist/src.hello/image/oci`. To copy
    it to a registry without `publish`: `skopeo copy --preserve-digests oci:dist/src.hello/image/oci
    docker://registry.example/hello:1.0`.
    """

    alias = "scratch_image"
    core_fields = (*COMMON_TARGET_FIELDS, EnvironmentField, ScratchImageDependenciesField, *FIELDS)
