"""An image in a layout, with what is attached to it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import Dict, Iterator, List, Tuple

from scratch_image.layout.archive_store import ArchiveStore
from scratch_image.layout.below import named_below
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.limits import ATTACHED, Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.referrers import Attached, blob, by_subject, find_attached
from scratch_image.layout.store import DirectoryStore, Store
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import ARCHIVE, LAYOUT, MARKER
from scratch_image.sign.bundle import MEDIA_TYPE
from scratch_image.sign.loaded import check_loaded
from scratch_image.sign.payloads import Document, is_signed
from scratch_image.sign.subjects import Subject, raise_problem, subjects


@dataclass(frozen=True)
class StoredImage:
    """An image: `subjects`, the root first, and what is attached to each of them."""

    store: Store
    subjects: Tuple[Subject, ...]
    attached: Dict[Digest, List[Attached]]

    def bundles_of(self, digest: Digest) -> Iterator[bytes]:
        """The Sigstore bundles that are attached to a manifest or index. Raises OSError."""
        # Many manifests may name one blob, which is read once.
        named = {
            attached.layers[0].digest: attached.layers[0]
            for attached in self.attached.get(digest, ())
            if attached.artifact_type == MEDIA_TYPE and len(attached.layers) == 1
        }
        for layer in named.values():
            # What is not there is empty, and so no bundle.
            yield blob(self.store, layer, ATTACHED) or b""

    def documents_of(self, digest: Digest) -> Iterator[Document]:
        """The documents that are attached to a manifest or index, and are signed with it. Raises OSError."""
        for attached in self.attached.get(digest, ()):
            if is_signed(attached.artifact_type):
                content = blob(self.store, attached.layers[0], ATTACHED) if len(attached.layers) == 1 else None
                yield Document(attached.digest, attached.artifact_type, content)


def layout_of(path: str) -> str:
    """The directory of the layout at a path: of a directory that `package` wrote, the one in it. Raises Unreadable for what
    is not a directory with a layout."""
    if not os.path.lexists(path):
        raise Unreadable("there is no such file or directory")
    for directory in (path, os.path.join(path, LAYOUT)):
        if os.path.lexists(os.path.join(directory, MARKER)):
            return directory
    if os.path.isfile(path):
        raise Unreadable("it is a file; expected a directory with an OCI image layout")
    below = named_below(path)
    raise Unreadable(f"it holds no OCI image layout: expected `oci-layout` in it, or in `oci/`{below and '; '}{below}")


def read_image(store: Store, limits: Limits, *, whole: bool = False) -> StoredImage:
    """The image in a store; with `whole`, it must be the one that tools load. Raises Unreadable, and what the store
    raises."""
    blobs = Blobs(store, Problems(limits.problems), limits)
    found = subjects(blobs)
    if whole:
        check_loaded(store, found, blobs)
    attached = find_attached(store, {each.descriptor.digest for each in found}, limits)
    return StoredImage(store, found, by_subject(attached))


@contextlib.contextmanager
def opened(path: str, limits: Limits) -> Iterator[Store]:
    """The layout at a path: a directory, an archive, or what `package` wrote. Raises Unreadable and OSError."""
    if not os.path.lexists(path):
        raise Unreadable("there is no such file or directory")
    archive = os.path.join(path, ARCHIVE) if os.path.isdir(path) else path
    if os.path.isdir(path) and (_has_layout(path) or not os.path.isfile(archive)):
        yield DirectoryStore(layout_of(path), Problems(0), limits)
        return
    with open(archive, "rb") as file:
        problems = Problems(1)
        store = ArchiveStore(file, problems, limits)
        # Of two entries with one name, tools differ in which they take.
        raise_problem(problems)
        yield store


def _has_layout(path: str) -> bool:
    return any(os.path.lexists(os.path.join(path, *place, MARKER)) for place in ((), (LAYOUT,)))
