"""From the files that a target makes to entries of a layer: where each goes, with which mode and owner. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Tuple, Union

from scratch_image.image.values import DIRECTORY_MODE, EXECUTABLE_MODE, FILE_MODE, FileSource, Owner
from scratch_image.oci import image_paths
from scratch_image.oci.invisible import refuse_invisible
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry

CONTENT = "content"


@dataclass(frozen=True)
class MadeFile:
    """A file that a target makes: its `path` below what the target makes, its `size` in bytes, and whether it may be run."""

    path: str
    size: int
    executable: bool


@dataclass(frozen=True)
class MadeLink:
    """A symbolic link that a target makes: its `path` below what the target makes, and its `target` as written."""

    path: str
    target: str


Made = Union[MadeFile, MadeLink]


@dataclass(frozen=True)
class MadeTree:
    """All that a target makes. It `is_file` if the target always makes one file, not a set of files that has one today."""

    made: Tuple[Made, ...]
    is_file: bool


def placed(path: str, source: FileSource, tree: MadeTree) -> Tuple[Entry, ...]:
    """The entries of a member of `files`. A file is written to the path itself; a tree, or a file if the path ends in a
    slash, is written below it. A FileEntry's content is `content/<path below what the target makes>`.

    The source's owner also owns the directories on the way, the path's own included; its mode is of files alone. Raises
    ValueError for a name that cannot be in a layer.
    """
    owner = source.owner
    is_tree = path.endswith("/") or not tree.is_file
    base = path.strip("/")
    entries: List[Entry] = []
    directories: Dict[str, None] = {}
    for item in tree.made:
        below = f"{base}/{item.path}".lstrip("/") if is_tree else base
        _refuse(f"/{below}", item)
        if is_tree:
            directories.update(dict.fromkeys(_directories(base, below)))
        if isinstance(item, MadeLink):
            entries.append(SymlinkEntry(below, item.target, owner.uid, owner.gid))
        else:
            own = EXECUTABLE_MODE if item.executable else FILE_MODE
            mode = own if source.mode is None else source.mode
            entries.append(FileEntry(below, f"{CONTENT}/{item.path}", item.size, mode, owner.uid, owner.gid))
    if owner == Owner():
        return tuple(entries)
    return (*(DirectoryEntry(path, DIRECTORY_MODE, owner.uid, owner.gid) for path in directories), *entries)


def _refuse(path: str, item: Made) -> None:
    """Raises ValueError for a name or a link that cannot be in a layer."""
    refuse_invisible(path)
    image_paths.refuse_whiteout(path)
    image_paths.refuse_unresolved(path)
    if isinstance(item, MadeLink):
        refuse_invisible(item.target)


def _directories(base: str, path: str) -> List[str]:
    """The directories from `base` on that `path` is in, without the root."""
    directories = []
    above = path.rpartition("/")[0]
    while above and (above == base or above.startswith(f"{base}/") or not base):
        directories.append(above)
        above = above.rpartition("/")[0]
    return directories
