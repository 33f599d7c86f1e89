"""The layers of an image's contents, between runtime files and program, and all paths of the image. Pure.

Base first: the runtime files; one layer per address in `files`, by the first path it is at; texts, directories and links
together; the program. A later layer that is in a directory with a mode or an owner of its own names that directory again,
as it is: it would else be written anew with the usual ones.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Mapping, Set, Tuple

from scratch_image.image.placed import CONTENT, MadeTree, placed
from scratch_image.image.tree import Claim, end_of
from scratch_image.image.values import FILE_MODE, FileSource
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry

_FILES, _DIRECTORIES, _LINKS = "field `files`", "field `directories`", "field `symlinks`"
_PROGRAM_MODE = 0o755
_NOTHING = MadeTree((), is_file=False)
Files = Tuple[Tuple[str, FileSource], ...]


@dataclass(frozen=True)
class Contents:
    """What is in an image beside its program.

    `by_address` holds the entries of each address's layer, in the order of the layers; `inline` those of the layer of texts,
    directories and links, and `texts` maps the content paths of that layer to texts. `below` are the directories that the
    runtime files put into the image.
    """

    by_address: Mapping[str, Tuple[Entry, ...]]
    inline: Tuple[Entry, ...]
    texts: Mapping[str, str]
    below: Tuple[DirectoryEntry, ...] = ()

    def claims(self) -> Iterator[Claim]:
        for entries in self.by_address.values():
            yield from (Claim(_FILES, entry) for entry in entries)
        for entry in self.inline:
            kind = (
                _DIRECTORIES if isinstance(entry, DirectoryEntry) else _LINKS if isinstance(entry, SymlinkEntry) else _FILES
            )
            yield Claim(kind, entry)

    def modes(self, binary_path: str) -> Dict[str, int]:
        """What is put into the image: path → mode, with the kind where it is no file (inode(7), S_IFMT). A link has the mode
        of the file that it leads to, which may be the program at `binary_path`, and 0 if it leads to none."""
        entries = {claim.entry.path: claim.entry for claim in self.claims()}
        links = {path: entry for path, entry in entries.items() if isinstance(entry, SymlinkEntry)}
        found = {f"/{path}": entry.mode | _kind(entry) for path, entry in entries.items()}
        for path, link in links.items():
            end = end_of(link, links)
            file = None if end is None else entries.get(end)
            mode = file.mode if isinstance(file, FileEntry) else _PROGRAM_MODE if f"/{end}" == binary_path else 0
            found[f"/{path}"] = stat.S_IFLNK | mode
        return found

    @property
    def directories(self) -> Tuple[DirectoryEntry, ...]:
        """The directories with a mode and an owner of their own, those of the runtime files first."""
        every = (entry for entries in (*self.by_address.values(), self.inline) for entry in entries)
        return (*self.below, *(entry for entry in every if isinstance(entry, DirectoryEntry)))

    def directories_above(self, path: str) -> Tuple[DirectoryEntry, ...]:
        """The directories of the image that an absolute path is in, each once."""
        return directories_above((path.lstrip("/"),), self.directories)

    def with_directories(self, entries: Tuple[Entry, ...]) -> Tuple[Entry, ...]:
        """The entries of a layer and the directories of the image that they are in."""
        return with_directories(entries, self.directories)


def contents_of(
    files: Files,
    directories: Iterable[DirectoryEntry],
    symlinks: Iterable[SymlinkEntry],
    made: Mapping[str, MadeTree],
    below: Iterable[DirectoryEntry] = (),
) -> Contents:
    """`made` is what each address in `files` makes; one that is not there makes nothing. `below` are directories that the
    image has anyway. Both these and `directories` are as they say, whoever owns the files in them. Raises ValueError for a
    name that can not be in a layer."""
    directories, below = tuple(dict.fromkeys(directories)), tuple(below)
    named = {directory.path for directory in (*directories, *below)}
    by_address: Dict[str, List[Entry]] = {}
    inline: List[Entry] = [*directories, *symlinks]
    texts: Dict[str, str] = {}
    for path, source in files:
        if source.address is not None:
            by_address.setdefault(source.address, []).extend(placed(path, source, made.get(source.address, _NOTHING)))
        elif source.text is not None:
            content = f"{CONTENT}{path}"
            texts[content] = source.text
            mode = FILE_MODE if source.mode is None else source.mode
            size = len(source.text.encode("utf-8"))
            inline.append(FileEntry(path.lstrip("/"), content, size, mode, source.owner.uid, source.owner.gid))
    layers = {address: _own(entries, named) for address, entries in by_address.items()}
    return Contents(layers, tuple(inline), texts, below)


def _own(entries: Iterable[Entry], named: Set[str]) -> Tuple[Entry, ...]:
    """The entries of an address's layer: without directories that are named elsewhere, and those that are left once."""
    seen: Set[Entry] = set()
    kept: List[Entry] = []
    for entry in entries:
        if isinstance(entry, DirectoryEntry):
            if entry.path in named or entry in seen:
                continue
            seen.add(entry)
        kept.append(entry)
    return tuple(kept)


def _kind(entry: Entry) -> int:
    return stat.S_IFDIR if isinstance(entry, DirectoryEntry) else stat.S_IFLNK if isinstance(entry, SymlinkEntry) else 0


def directories_above(paths: Iterable[str], known: Iterable[DirectoryEntry]) -> Tuple[DirectoryEntry, ...]:
    """Those of the known directories that these paths are in, each once."""
    above = {path[:place] for path in paths for place, character in enumerate(path) if character == "/"}
    return tuple(dict.fromkeys(directory for directory in known if directory.path in above))


def with_directories(entries: Tuple[Entry, ...], known: Iterable[DirectoryEntry]) -> Tuple[Entry, ...]:
    """The entries of a layer, and those of the known directories that they are in."""
    own = {entry.path for entry in entries}
    return (*entries, *(directory for directory in directories_above(own, known) if directory.path not in own))
