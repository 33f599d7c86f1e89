"""The files of an image as components: each by itself, or a long list as one. Pure."""

from __future__ import annotations

import hashlib
from typing import Iterable, List, NamedTuple, Sequence, Tuple

from scratch_image.attest.component import FILE, FILES, LIBRARY, Component
from scratch_image.attest.purl import purl

# More regular files than this in one layer stand as one component.
MOST_FILES = 20
Properties = Tuple[Tuple[str, str], ...]


class HashedFile(NamedTuple):
    """A regular file of an image: its absolute path, its hashes in hexadecimal digits, and properties of its component."""

    path: str
    sha256: str
    sha1: str
    properties: Properties = ()


def file(of: HashedFile) -> Component:
    """The component of one file."""
    return Component(FILE, of.path, sha256=of.sha256, sha1=of.sha1, properties=of.properties)


def files(of: Sequence[HashedFile], every: bool) -> Tuple[Component, ...]:
    """The components of the files of a layer: one for each of them, or for all together if they are many and not `every` is
    wanted."""
    if every or len(of) <= MOST_FILES:
        return tuple(map(file, of))
    return (Component(FILES, _above(of), sha256=digest_of(of), properties=_counted(of)),)


def library(name: str, version: str, of: Sequence[HashedFile]) -> Component:
    """Data from a distribution, whose version it has; its digest is that of its files."""
    sha256 = of[0].sha256 if len(of) == 1 else digest_of(of)
    return Component(LIBRARY, name, version, purl("generic", name, version), sha256=sha256, properties=_counted(of))


def digest_of(of: Iterable[HashedFile]) -> str:
    """The SHA-256 of a list of files: of what `sha256sum` prints for their paths, sorted by the bytes of the path."""
    lines = sorted((each.path.encode("utf-8"), each.sha256) for each in of)
    return hashlib.sha256(b"".join(sha256.encode() + b"  " + path + b"\n" for path, sha256 in lines)).hexdigest()


def _counted(of: Sequence[HashedFile]) -> Properties:
    return (("scratch_image:files", str(len(of))),) if len(of) > 1 else ()


def _above(of: Sequence[HashedFile]) -> str:
    """The directory that all of the files are below, with a slash at its end."""
    paths: List[List[str]] = [each.path.split("/")[:-1] for each in of]
    least, most = min(paths), max(paths)
    same = 0
    while same < min(len(least), len(most)) and least[same] == most[same]:
        same += 1
    return "/".join(least[:same]) + "/"
