"""What is attested of an image, in documents beside it."""

from __future__ import annotations

from scratch_image.targets.kinds import FlagField, ListField, ListOfDictsField


class ScratchImageSbomField(ListField):
    """The formats of the software bill of materials (SBOM) that is written beside the image: `cyclonedx` (CycloneDX 1.6),
    `spdx` (SPDX 2.3), or both, for example `["cyclonedx"]`. Default: the option `[scratch-image].sbom`, which is empty.

    It lists the image, its files, the modules of Go programs, the crates of Rust programs that `cargo auditable` built, the
    distributions of `runtime_files`, and `sbom_components`; and it says where dependencies are not known. `package` writes
    it to `sbom/` in the image's directory, and attaches it to the image in the layout. The image does not change.
    """

    alias = "sbom"


class ScratchImageSbomComponentsField(ListOfDictsField):
    """Libraries in the program that nothing in it names, as in C programs, for example `[{"purl":
    "pkg:conan/zlib@1.3.1", "cpe": "cpe:2.3:a:zlib:zlib:1.3.1:*:*:*:*:*:*:*", "license": "Zlib"}]`. Default: none.

    The keys are `purl` (a package URL), `cpe` (CPE 2.3), `name`, `version` and `license` (an SPDX expression); a package URL
    gives the name and the version. Trivy ignores `pkg:generic`, and Grype finds such a component by its `cpe` only.
    """

    alias = "sbom_components"


class ScratchImageSbomFilesField(FlagField):
    """Whether the SBOM lists every file. Default: false: the time zones, and the files of a layer with more than 20, stand
    as one component, with the digest of their list."""

    alias = "sbom_files"


class ScratchImageProvenanceField(FlagField):
    """Whether provenance is written beside the image: an in-toto statement with a SLSA 1.0 predicate, which says what the
    image was built from and who built it, without a time. It needs the option `[scratch-image].builder_id`. Default: the
    option `[scratch-image].provenance`, which is false."""

    alias = "provenance"


FIELDS = (
    ScratchImageSbomField,
    ScratchImageSbomComponentsField,
    ScratchImageSbomFilesField,
    ScratchImageProvenanceField,
)
