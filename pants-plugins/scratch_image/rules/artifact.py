"""From an address to the one file that its target makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple, Union

from pants.base.exceptions import MappingError
from pants.build_graph.address import (
    Address,
    AddressParseException,
    InvalidAddressError,
    InvalidParametersError,
    InvalidSpecPathError,
    InvalidTargetNameError,
    UnsupportedWildcardError,
)
from pants.engine.addresses import UnparsedAddressInputs
from pants.engine.fs import Digest, FileEntry, SymlinkEntry
from pants.engine.rules import collect_rules, rule
from pants.engine.target import Targets

from scratch_image.engine import requests as engine
from scratch_image.image.placement import CONTENT, Made, MadeFile, MadeLink, MadeTree
from scratch_image.rules.requests import Artifact, ArtifactRequest, Tree, TreeRequest

_CURE = (
    "name a target whose artifact is exactly one file: `go_binary`, `adhoc_tool`, `shell_command`, `file`, or any other "
    "that `package` knows"
)
_SHOWN = 5
# MappingError: no such target or directory, or its BUILD file can not be read. The rest: not an address at all.
_ADDRESS_ERRORS = (
    MappingError,
    AddressParseException,
    InvalidAddressError,
    InvalidParametersError,
    InvalidSpecPathError,
    InvalidTargetNameError,
    UnsupportedWildcardError,
)


class UnusableArtifact(Exception):
    """The target that `binary` names does not make exactly one file that is not empty."""


class UnknownAddress(Exception):
    """What a field gives as an address is none, or no target has it; the text says which, with suggestions."""


async def address_in_field(owner: Address, field: str, text: str, kind: str = "scratch_image") -> Address:
    """The address in a field of a target of a kind, seen from the target's BUILD file. Raises UnknownAddress.

    The origin does not name the target: the engine takes two inputs that differ in it for one, and would show the error of
    the target that asked first.
    """
    origin = f"the `{field}` field of a `{kind}` target"
    try:
        found = await engine.addresses(UnparsedAddressInputs([text], owning_address=owner, description_of_origin=origin))
    except _ADDRESS_ERRORS as error:
        raise UnknownAddress(str(error)) from None
    return found[0]


@dataclass(frozen=True)
class _Made:
    """What a target makes: `content`; `above`, the directory that paths are counted from; whether it is a package;
    and whether it makes a file or a tree, however many files that has today."""

    content: Digest
    above: str
    is_package: bool
    is_tree: bool
    target_kind: str


async def _made_by(address: Address) -> _Made:
    generator = await engine.generator_of_files(address)
    if generator:
        return _Made(await engine.sources(generator), address.spec_path, False, True, generator.alias)
    targets = await engine.targets(address)
    # A target generator, and what makes directories, has one file by chance.
    is_tree = not targets or targets[0].address != address or bool(_declared_directories(targets))
    kind = targets[0].alias if targets else ""
    packages = await engine.packages(targets)
    if not packages:
        return _Made(await engine.files(targets), address.spec_path, False, is_tree, kind)
    places = [artifact.relpath for package in packages for artifact in package.artifacts if artifact.relpath]
    digest = await engine.merge(package.digest for package in packages)
    return _Made(digest, places[0] if len(places) == 1 else "", True, is_tree, kind)


@rule
async def resolve_tree(request: TreeRequest) -> Tree:
    target = await _made_by(request.address)
    digest, above = target.content, target.above
    entries = await engine.entries(digest)
    made = [entry for entry in entries if isinstance(entry, (FileEntry, SymlinkEntry))]
    if not made:
        raise UnusableArtifact(f"{request.consumer}: field `files`: {request.address} makes no file")
    # A package that is one file is at its own place in dist/; one that is a directory has it below that.
    prefix_is_artifact = target.is_package and made[0].path != above
    if made[0].path == above:
        above = above.rpartition("/")[0]
    prefix = above if above and all(entry.path.startswith(f"{above}/") for entry in made) else ""
    skipped = len(prefix) + 1 if prefix else 0
    content = await engine.add_prefix(await engine.remove_prefix(digest, prefix), CONTENT)
    files = [entry for entry in made if isinstance(entry, FileEntry)]
    is_file = len(made) == 1 and not target.is_tree
    return Tree(
        content,
        MadeTree(tuple(_made(entry, entry.path[skipped:]) for entry in made), is_file and not prefix_is_artifact),
        tuple((entry.path[skipped:], entry.file_digest) for entry in files),
        target.target_kind,
    )


def _made(entry: Union[FileEntry, SymlinkEntry], path: str) -> Made:
    if isinstance(entry, SymlinkEntry):
        return MadeLink(path, entry.target)
    return MadeFile(path, entry.file_digest.serialized_bytes_length, entry.is_executable)


@rule
async def resolve_artifact(request: ArtifactRequest) -> Artifact:
    targets = await engine.targets(request.address)
    packages = await engine.packages(targets)
    if packages:
        digest = await engine.merge(package.digest for package in packages)
    else:
        digest = await engine.files(targets)
    entries = await engine.entries(digest)

    kinds = ", ".join(sorted({f"`{target.alias}`" for target in targets})) or "target generator without targets"
    error = _declared_directories(targets) or _found_instead(tuple(entries))
    places = {artifact.relpath for package in packages for artifact in package.artifacts}
    if not error and packages and entries[0].path not in places:
        error = "makes a directory"
    if error:
        raise UnusableArtifact(f"{request.consumer}: field `binary`: {request.address}, a {kinds} target, {error}; {_CURE}")
    return Artifact(entries[0].file_digest, targets[0].alias)


def _declared_directories(targets: Targets) -> str:
    """Whether `shell_command`, `adhoc_tool` and the like say that they make a directory, even if of one file today."""
    for target in targets:
        for field in target.field_values.values():
            if field.alias == "output_directories" and field.value:
                return f"makes the directory {', '.join(field.value)} (say `output_files` for a file in it)"
    return ""


def _found_instead(entries: Tuple[object, ...]) -> str:
    """What is there instead of one file with something in it, as the end of a sentence; empty where there is one."""
    files = [entry for entry in entries if isinstance(entry, FileEntry)]
    links = [entry for entry in entries if isinstance(entry, SymlinkEntry)]
    if len(files) + len(links) > 1:
        paths = sorted(entry.path for entry in (*files, *links))
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        return f"makes {len(paths)} files: {', '.join(paths[:_SHOWN])}{more}"
    if links:
        return f"makes a symbolic link, {links[0].path} → {links[0].target}, and not the file it leads to"
    if not files:
        return "makes an empty directory" if entries else "makes no file"
    if files[0].file_digest.serialized_bytes_length == 0:
        return f"makes the empty file {files[0].path}"
    return ""


def rules():
    return collect_rules()
