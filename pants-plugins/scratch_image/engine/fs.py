"""What is asked of the engine about files: digests are made, joined, moved, cut and listed."""

from __future__ import annotations

from typing import Iterable, Tuple, Union

from pants.engine.fs import (
    AddPrefix,
    Digest,
    DigestContents,
    DigestEntries,
    DigestSubset,
    FileContent,
    FileEntry,
    MergeDigests,
    PathGlobs,
    RemovePrefix,
)

from scratch_image.engine.quirks import CreateDigest
from scratch_image.engine.spelling import BY_NAME

if BY_NAME:
    from scratch_image.engine import by_name

    async def create(files: Iterable[Union[FileContent, FileEntry]]) -> Digest:
        """A tree of these files."""
        return await by_name.create_digest(CreateDigest(files))

    async def merge(digests: Iterable[Digest]) -> Digest:
        """One tree of all of them. A file that two of them have must be the same in both."""
        return await by_name.merge_digests(MergeDigests(digests))

    async def entries(digest: Digest) -> DigestEntries:
        """Every file, symbolic link and empty directory of a tree."""
        return await by_name.get_digest_entries(digest)

    async def contents(digest: Digest) -> DigestContents:
        """Every file of a tree with its content: only for small ones."""
        return await by_name.get_digest_contents(digest)

    async def add_prefix(digest: Digest, prefix: str) -> Digest:
        """The tree, moved into the directory `prefix`."""
        return await by_name.add_prefix(AddPrefix(digest, prefix))

    async def remove_prefix(digest: Digest, prefix: str) -> Digest:
        """The tree in the directory `prefix`, which holds everything; the tree itself if `prefix` is empty."""
        return await by_name.remove_prefix(RemovePrefix(digest, prefix)) if prefix else digest

    async def subset(digest: Digest, globs: Iterable[str]) -> Digest:
        """The files of a tree that match any of the globs."""
        return await by_name.digest_subset_to_digest(DigestSubset(digest, PathGlobs(globs)))

    async def in_repository(path: str) -> Digest:
        """The file at a path in the repository; an empty tree if there is none."""
        return await by_name.path_globs_to_digest(PathGlobs((path,)))

else:
    from pants.engine.rules import Get

    async def create(files: Iterable[Union[FileContent, FileEntry]]) -> Digest:
        return await Get(Digest, CreateDigest(files))

    async def merge(digests: Iterable[Digest]) -> Digest:
        return await Get(Digest, MergeDigests(digests))

    async def entries(digest: Digest) -> DigestEntries:
        return await Get(DigestEntries, Digest, digest)

    async def contents(digest: Digest) -> DigestContents:
        return await Get(DigestContents, Digest, digest)

    async def add_prefix(digest: Digest, prefix: str) -> Digest:
        return await Get(Digest, AddPrefix(digest, prefix))

    async def remove_prefix(digest: Digest, prefix: str) -> Digest:
        return await Get(Digest, RemovePrefix(digest, prefix)) if prefix else digest

    async def subset(digest: Digest, globs: Iterable[str]) -> Digest:
        return await Get(Digest, DigestSubset(digest, PathGlobs(globs)))

    async def in_repository(path: str) -> Digest:
        return await Get(Digest, PathGlobs((path,)))


async def files(digest: Digest) -> Tuple[FileEntry, ...]:
    """Every file of a tree, without symbolic links."""
    return tuple(entry for entry in await entries(digest) if isinstance(entry, FileEntry))


async def subtree(digest: Digest, directory: str) -> Digest:
    """The tree in a directory. The directory's name must not hold a glob."""
    return await remove_prefix(await subset(digest, (f"{directory}/**",)), directory)
