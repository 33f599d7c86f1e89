"""An image as those take it that publish it, test it or pack it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from pants.core.goals.package import BuiltPackageArtifact
from pants.engine.fs import EMPTY_DIGEST
from pants.engine.fs import Digest as Tree

from scratch_image.image.names import Name
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import WRITTEN_LAYOUT
from scratch_image.oci.platform import Platform


@dataclass(frozen=True)
class BuiltScratchImage(BuiltPackageArtifact):
    """An image that is packaged: the digest of its root document; its names; lines about those that have no value today; the
    platforms that were left out; what was written to dist/, of WRITABLE.

    `contents` has the layout in `oci/` and the report without what was written, in any case: the package holds only what
    goes to dist/."""

    root: Optional[Digest] = None
    names: Tuple[Name, ...] = ()
    unnamed: Tuple[str, ...] = ()
    omitted: Tuple[Platform, ...] = ()
    written: Tuple[str, ...] = ()
    contents: Tree = EMPTY_DIGEST

    @property
    def is_packable(self) -> bool:
        """Whether the package holds the image, and not only a report on it."""
        return WRITTEN_LAYOUT in self.written
