"""From an address to the one file that its target makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Tuple, Union

from pants.engine.addresses import Address
from pants.engine.fs import FileDigest, FileEntry, SymlinkEntry
from pants.engine.rules import rule
from pants.engine.target import Targets

from scratch_image.engine import fs, targets
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.spelling import BY_NAME
from scratch_image.image.artifacts import Maker, found_instead
from scratch_image.image.placement import Made, MadeFile, MadeLink
from scratch_image.rules.made import made


class UnusableArtifact(ScratchImageError):
    """A target in `binary` does not make exactly one file that is not empty, or one in `files` makes nothing."""


@dataclass(frozen=True)
class ArtifactRequest:
    """The one file that the target at `address` makes. `consumer` is the target that asks, for its errors."""

    address: Address
    consumer: Address


@dataclass(frozen=True)
class Artifact:
    """A file, without its name and mode: the image sets these. `target_kind` is the alias of the target that made it."""

    content: FileDigest
    target_kind: str


async def kind_of(address: Address) -> str:
    """What the target at an address is called, for an error."""
    of = await targets.unexpanded(address)
    return f"`{of[0].alias}` target" if of else "target"


@rule
async def resolve_artifact(request: ArtifactRequest) -> Artifact:
    """Raises UnusableArtifact, FailedTarget, and what makes an image raises."""
    it = await made(request.consumer, "binary", request.address)
    of, packages = it.of, it.packages
    entries = tuple(await fs.entries(it.digest))
    files = [entry for entry in entries if isinstance(entry, FileEntry)]
    links = [entry for entry in entries if isinstance(entry, SymlinkEntry)]
    places = {artifact.relpath for package in packages for artifact in package.artifacts}
    error = found_instead(
        maker_of(of),
        (*(made_of(entry, entry.path) for entry in files), *(made_of(entry, entry.path) for entry in links)),
        is_package=bool(packages and files and files[0].path not in places),
        has_directory=bool(entries),
    )
    if error:
        where = f"{request.consumer}: field `binary`: {request.address}, a {await kind_of(request.address)}"
        raise UnusableArtifact(f"{where}, {error}")
    return Artifact(files[0].file_digest, of[0].alias)


if BY_NAME:
    from scratch_image.engine.by_name import concurrently

    async def artifacts(requests: Iterable[ArtifactRequest]) -> Tuple[Artifact, ...]:
        """One artifact per request, in their order. Raises UnusableArtifact."""
        return await concurrently(resolve_artifact(request) for request in requests)

else:
    from pants.engine.rules import Get, MultiGet

    async def artifacts(requests: Iterable[ArtifactRequest]) -> Tuple[Artifact, ...]:
        return await MultiGet(Get(Artifact, ArtifactRequest, request) for request in requests)


def maker_of(of: Targets) -> Maker:
    """The target, or the first of several, as its errors need it. `shell_command`, `adhoc_tool` and the like declare what
    they make."""
    declared = {
        field.alias: tuple(field.value or ())
        for field in (of[0].field_values.values() if of else ())
        if field.alias in ("output_files", "output_directories")
    }
    kind, directory = (of[0].alias, of[0].address.spec_path) if of else ("", "")
    return Maker(kind, directory, declared.get("output_files"), declared.get("output_directories", ()))


def made_of(entry: Union[FileEntry, SymlinkEntry], path: str) -> Made:
    """An entry of a digest, at a path below what its target makes."""
    if isinstance(entry, SymlinkEntry):
        return MadeLink(path, entry.target)
    return MadeFile(path, entry.file_digest.serialized_bytes_length, entry.is_executable)
