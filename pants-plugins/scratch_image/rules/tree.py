"""From an address to all files that its target makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Tuple

from pants.engine.addresses import Address
from pants.engine.fs import Digest, FileDigest, FileEntry, SymlinkEntry
from pants.engine.rules import rule
from pants.engine.target import Targets

from scratch_image.engine import fs, targets
from scratch_image.engine.spelling import BY_NAME
from scratch_image.image.artifacts import Maker, no_file
from scratch_image.image.placement import CONTENT, MadeTree
from scratch_image.rules.artifact import UnusableArtifact, made_of, maker_of
from scratch_image.rules.built_image import BuiltScratchImage
from scratch_image.rules.made import FailedTarget, made, reason_of


@dataclass(frozen=True)
class TreeRequest:
    """All files that the target at `address` makes. `consumer` is the target that asks in its `field`, for its errors."""

    address: Address
    consumer: Address
    field: str = "files"


@dataclass(frozen=True)
class Tree:
    """What a target makes: `content` holds it below `content/`; `files` are its files without links. Paths are relative to
    the target's own directory. `target_kind` is the target's alias."""

    content: Digest
    made: MadeTree
    files: Tuple[Tuple[str, FileDigest], ...]
    target_kind: str


@dataclass(frozen=True)
class _Output:
    """What a target makes: `content`; `above`, the directory that paths are relative to; whether it is a package; whether it
    is a tree, however many files it has today; and which target it is."""

    content: Digest
    above: str
    is_package: bool
    is_tree: bool
    maker: Maker


async def _output_of(consumer: Address, field: str, address: Address) -> _Output:
    try:
        generator = await targets.generator_of_files(address)
        if generator:
            return _Output(await targets.sources(generator), address.spec_path, False, True, maker_of(Targets((generator,))))
    except Exception as error:
        raise FailedTarget(f"{consumer}: field `{field}`: {address} cannot be made: {reason_of(error)}") from None
    it = await made(consumer, field, address)
    of, packages = it.of, it.packages
    # What generates targets or makes directories has one file only by chance.
    maker = maker_of(of)
    is_tree = not of or of[0].address != address or bool(maker.directories)
    if not packages:
        return _Output(it.digest, address.spec_path, False, is_tree, maker)
    for artifact in (artifact for package in packages for artifact in package.artifacts):
        if isinstance(artifact, BuiltScratchImage) and not artifact.is_packable:
            raise UnusableArtifact(
                f"{consumer}: field `{field}`: the option `[scratch-image].write` leaves out the layout of {address}, which "
                'would be a report alone; add "layout" for this run'
            )
    places = [artifact.relpath for package in packages for artifact in package.artifacts if artifact.relpath]
    return _Output(it.digest, places[0] if len(places) == 1 else "", True, is_tree, maker)


@rule
async def resolve_tree(request: TreeRequest) -> Tree:
    """Raises UnusableArtifact if the target makes nothing, FailedTarget, and what makes an image raises."""
    output = await _output_of(request.consumer, request.field, request.address)
    above = output.above
    made = [entry for entry in await fs.entries(output.content) if isinstance(entry, (FileEntry, SymlinkEntry))]
    if not made:
        raise UnusableArtifact(f"{request.consumer}: field `{request.field}`: {request.address} {no_file(output.maker)}")
    # A package that is one file is at its own path in dist/; a package that is a directory has the file below its path.
    is_in_package = output.is_package and made[0].path != above
    if made[0].path == above:
        above = above.rpartition("/")[0]
    prefix = above if above and all(entry.path.startswith(f"{above}/") for entry in made) else ""
    skipped = len(prefix) + 1 if prefix else 0
    is_file = len(made) == 1 and not output.is_tree and not is_in_package
    return Tree(
        await fs.add_prefix(await fs.remove_prefix(output.content, prefix), CONTENT),
        MadeTree(tuple(made_of(entry, entry.path[skipped:]) for entry in made), is_file),
        tuple((entry.path[skipped:], entry.file_digest) for entry in made if isinstance(entry, FileEntry)),
        output.maker.kind,
    )


if BY_NAME:
    from scratch_image.engine.by_name import concurrently

    async def trees(requests: Iterable[TreeRequest]) -> Tuple[Tree, ...]:
        """One tree per request, in their order. Raises UnusableArtifact."""
        return await concurrently(resolve_tree(request) for request in requests)

else:
    from pants.engine.rules import Get, MultiGet

    async def trees(requests: Iterable[TreeRequest]) -> Tuple[Tree, ...]:
        return await MultiGet(Get(Tree, TreeRequest, request) for request in requests)
