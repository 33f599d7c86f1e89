"""An image as those take it that publish it, test it or pack it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional, Tuple, Union

from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact
from pants.engine.fs import EMPTY_DIGEST, FileDigest
from pants.engine.fs import Digest as Tree

from scratch_image.attest.attachments import Attested
from scratch_image.image.contents import Contents
from scratch_image.image.names import Name
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import BuiltImage, BuiltIndex
from scratch_image.oci.names import WRITTEN_LAYOUT
from scratch_image.oci.platform import Platform
from scratch_image.report.image_json import ImageReport, RuntimeFilesReport


@dataclass(frozen=True)
class ProgramOf:
    """The program of one platform's image."""

    platform: Platform
    content: FileDigest


@dataclass(frozen=True)
class FinishedImage:
    """An image or an index with its documents, one report per platform, what its targets ask for, the blobs of all layers
    at `blobs/sha256/`, its names, lines about the names that have no value today, what is attached to it, and the
    programs of its platforms."""

    image: Union[BuiltImage, BuiltIndex]
    reports: Tuple[ImageReport, ...]
    spec: ImageSpec
    contents: Contents
    runtime_files: RuntimeFilesReport
    blobs: Tree
    names: Tuple[Name, ...]
    unnamed: Tuple[str, ...]
    attested: Attested
    programs: Tuple[ProgramOf, ...] = ()


@dataclass(frozen=True)
class BuiltScratchImage(BuiltPackageArtifact):
    """An image that is packaged: the digest of its root document; its names; lines about those that have no value today; the
    platforms that were left out; what was written to dist/, of WRITABLE.

    `contents` has the layout in `oci/` and the report without what was written, in any case: the package holds only what
    goes to dist/. `made` is what a debug image is made of; `contents` has the same, so that nothing is compared with it.

    `kept_by` is the image that a debug image is of, if its `skip_push` is set; else empty. `shell` is the command line that
    `run` starts in place of the entrypoint, empty if there is no shell; None for what has an entrypoint of its own."""

    root: Optional[Digest] = None
    names: Tuple[Name, ...] = ()
    unnamed: Tuple[str, ...] = ()
    omitted: Tuple[Platform, ...] = ()
    written: Tuple[str, ...] = ()
    contents: Tree = EMPTY_DIGEST
    made: Optional[FinishedImage] = field(default=None, compare=False)
    kept_by: str = ""
    shell: Optional[Tuple[str, ...]] = None

    @property
    def is_packable(self) -> bool:
        """Whether the package holds the image, and not only a report on it."""
        return WRITTEN_LAYOUT in self.written


def built_image(package: BuiltPackage) -> BuiltScratchImage:
    """The image of a package of one of our targets."""
    (image,) = (artifact for artifact in package.artifacts if isinstance(artifact, BuiltScratchImage))
    return image
