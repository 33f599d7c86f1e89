"""From an address to the one file that its target makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Tuple, Union

from pants.engine.addresses import Address
from pants.engine.fs import Directory, FileDigest, FileEntry, SymlinkEntry
from pants.engine.rules import rule
from pants.engine.target import Targets

from scratch_image.engine import fs, targets
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.spelling import BY_NAME
from scratch_image.rules.made import made

_CURE = (
    "name a target whose artifact is exactly one file: `go_binary`, `adhoc_tool`, `shell_command`, `file`, or any other "
    "that `package` knows"
)
_SHOWN = 5


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
    error = declared_directories(of) or _found_instead(entries)
    files = [entry for entry in entries if isinstance(entry, FileEntry)]
    places = {artifact.relpath for package in packages for artifact in package.artifacts}
    if not error and packages and files[0].path not in places:
        error = "makes a directory"
    if error:
        where = f"{request.consumer}: field `binary`: {request.address}, a {await kind_of(request.address)}"
        raise UnusableArtifact(f"{where}, {error}; {_CURE}")
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


def declared_directories(of: Targets) -> str:
    """The end of a sentence if `shell_command`, `adhoc_tool` and the like declare that they make a directory, even if it has
    one file today; else empty."""
    for target in of:
        for field in target.field_values.values():
            if field.alias == "output_directories" and field.value:
                return f"makes the directory {', '.join(field.value)} (write `output_files` for a file in it)"
    return ""


def _found_instead(entries: Tuple[Union[FileEntry, SymlinkEntry, Directory], ...]) -> str:
    """The end of a sentence that says what is there instead of one file that is not empty; empty if such a file is there."""
    made = [entry for entry in entries if isinstance(entry, (FileEntry, SymlinkEntry))]
    if len(made) > 1:
        paths = sorted(entry.path for entry in made)
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        return f"makes {len(paths)} files: {', '.join(paths[:_SHOWN])}{more}"
    if not made:
        return "makes an empty directory" if entries else "makes no file"
    (entry,) = made
    if isinstance(entry, SymlinkEntry):
        return f"makes a symbolic link, {entry.path} → {entry.target}, and not the file that the link leads to"
    return "" if entry.file_digest.serialized_bytes_length else f"makes the empty file {entry.path}"
