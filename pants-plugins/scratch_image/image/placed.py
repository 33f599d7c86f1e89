"""From the files that a target makes to entries of a layer: where each goes, with which mode and owner. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Tuple, Union

from scratch_image.image.values import EXECUTABLE_MODE, FILE_MODE, FileSource
from scratch_image.oci import grammar
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry

CONTENT = "content"


@dataclass(frozen=True)
class MadeFile:
    """A file that a target makes: its path below what the target makes, and its size in bytes."""

    path: str
    size: int
    executable: bool


@dataclass(frozen=True)
class MadeLink:
    path: str
    target: str


Made = Union[MadeFile, MadeLink]


@dataclass(frozen=True)
class MadeTree:
    """What a target makes. It `is_file` where it is one file by its nature, and not a set of files that has one today."""

    made: Tuple[Made, ...]
    is_file: bool


def placed(path: str, source: FileSource, tree: MadeTree) -> Tuple[Entry, ...]:
    """The entries of a member of `files`. A file goes to the path itself; a tree, or a file where the path ends in a slash,
    goes below it. A FileEntry's content is `content/<path below what the target makes>`.

    Directories on the way, the path's own included, belong to the owner; mode is of files alone. Raises ValueError for a
    name that can not be in a layer.
    """
    is_tree = path.endswith("/") or not tree.is_file
    base = path.strip("/")
    entries: List[Entry] = []
    directories: Dict[str, None] = {}
    for item in tree.made:
        below = f"{base}/{item.path}".lstrip("/") if is_tree else base
        grammar.file_path(f"/{below}")
        if is_tree:
            directories.update(dict.fromkeys(_directories(base, below)))
        uid, gid = source.owner.uid, source.owner.gid
        if isinstance(item, MadeLink):
            entries.append(SymlinkEntry(below, item.target, uid, gid))
        else:
            own = EXECUTABLE_MODE if item.executable else FILE_MODE
            mode = own if source.mode is None else source.mode
            entries.append(FileEntry(below, f"{CONTENT}/{item.path}", item.size, mode, uid, gid))
    owned = source.owner.uid or source.owner.gid
    made_directories = (
        [DirectoryEntry(path, 0o755, source.owner.uid, source.owner.gid) for path in directories] if owned else []
    )
    return (*made_directories, *entries)


def _directories(base: str, path: str) -> List[str]:
    """The directories from `base` on that `path` is in, without the root."""
    found = []
    above = path.rpartition("/")[0]
    while above and (above == base or above.startswith(f"{base}/") or not base):
        found.append(above)
        above = above.rpartition("/")[0]
    return found
