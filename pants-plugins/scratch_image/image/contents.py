"""The layers of an image's contents, between runtime files and program, and all paths of the image. Pure.

Base first: the runtime files; one layer per address in `files`, by the first path it is at; texts, directories and links
together; the program. If a later layer has an entry in a directory with a mode or an owner of its own, it names that
directory again: the directory would otherwise get the default mode and owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Mapping, Set, Tuple

from scratch_image.image.claims import PathClaim
from scratch_image.image.placement import CONTENT, MadeTree, placed
from scratch_image.image.spec import ImageSpec
from scratch_image.image.values import EXECUTABLE_MODE, FILE_MODE, FileSource
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry
from scratch_image.runtime_files import layer_plan

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

    @property
    def entries(self) -> Iterator[Entry]:
        """All entries, in the order of the layers."""
        for entries in (*self.by_address.values(), self.inline):
            yield from entries

    def claims(self) -> Iterator[PathClaim]:
        """All entries, each with the field that it is from."""
        for entries in self.by_address.values():
            yield from (PathClaim("field `files`", entry) for entry in entries)
        fields = {DirectoryEntry: "directories", SymlinkEntry: "symlinks", FileEntry: "files"}
        yield from (PathClaim(f"field `{fields[type(entry)]}`", entry) for entry in self.inline)

    @property
    def directories(self) -> Tuple[DirectoryEntry, ...]:
        """The directories with a mode and an owner of their own, those of the runtime files first."""
        return (*self.below, *(entry for entry in self.entries if isinstance(entry, DirectoryEntry)))

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
    """`made` is what each address in `files` makes; an address that it lacks makes nothing. `below` are the directories that
    the runtime files make. They and `directories` keep their modes and owners, whoever owns the files in them. Raises
    ValueError for a name that cannot be in a layer."""
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


def claims_of(spec: ImageSpec, contents: Contents) -> Tuple[PathClaim, ...]:
    """Every path of the image, with the field that it is from."""
    runtime = layer_plan.claimed(spec.runtime_files, has_bundle=False)
    bundle = set(layer_plan.claimed(spec.runtime_files, bool(spec.ca_bundle))) - set(runtime)
    return (
        *(PathClaim("`runtime_files`", entry) for entry in runtime),
        *(PathClaim("field `ca_bundle`", entry) for entry in bundle),
        PathClaim("field `binary_path`", FileEntry(spec.binary_path.lstrip("/"), "", 0, EXECUTABLE_MODE)),
        *contents.claims(),
    )


def _own(entries: Iterable[Entry], named: Set[str]) -> Tuple[Entry, ...]:
    """The entries of an address's layer: without directories that are named elsewhere, and the other directories once."""
    seen: Set[Entry] = set()
    kept: List[Entry] = []
    for entry in entries:
        if isinstance(entry, DirectoryEntry):
            if entry.path in named or entry in seen:
                continue
            seen.add(entry)
        kept.append(entry)
    return tuple(kept)


def directories_above(paths: Iterable[str], known: Iterable[DirectoryEntry]) -> Tuple[DirectoryEntry, ...]:
    """Those of the known directories that these paths are in, each once."""
    above = {path[:place] for path in paths for place, character in enumerate(path) if character == "/"}
    return tuple(dict.fromkeys(directory for directory in known if directory.path in above))


def with_directories(entries: Tuple[Entry, ...], known: Iterable[DirectoryEntry]) -> Tuple[Entry, ...]:
    """The entries of a layer, and those of the known directories that they are in."""
    own = {entry.path for entry in entries}
    return (*entries, *(directory for directory in directories_above(own, known) if directory.path not in own))
