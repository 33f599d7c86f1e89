"""The files of a layout: which there are, and their bytes. Nothing else is opened. Here: a layout in a directory."""

from __future__ import annotations

import os
import re
import stat
from typing import Dict, Iterator, Optional, Set

from scratch_image.layout.limits import PIECE, Limits
from scratch_image.layout.problems import Problems, Unreadable, shown
from scratch_image.oci.digest import Digest
from scratch_image.oci.numbers import counted

# image-spec 1.1, image-layout.md, "Blobs".
_BLOBS = os.path.dirname(Digest("0" * 64).blob_path)
BLOB = re.compile(rf"{_BLOBS}/[0-9a-f]{{64}}")
# The directories of a layout (image-spec 1.1, image-layout.md).
DIRECTORIES = (os.path.dirname(_BLOBS), _BLOBS)
# What oras writes blobs to before they have their names (oras-go, content/oci); it leaves the directory, empty.
_INGEST = "ingest"
FOREIGN_DIRECTORY = "a layout does not have this directory"
FOREIGN_KIND = "a layout holds files and directories only"


class Store:
    """`sizes` maps the paths of regular files, relative with `/`, to their sizes in bytes."""

    def __init__(self) -> None:
        self.sizes: Dict[str, int] = {}

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of a path of `sizes`, in pieces of PIECE; the last one may be smaller. Raises OSError."""
        raise NotImplementedError


def read(store: Store, path: str, problems: Problems, limits: Limits) -> Optional[bytes]:
    """A document that is not a blob, or None and a problem. Raises OSError."""
    if path not in store.sizes:
        problems.broken(path, "file", "nothing", "there is no such file")
        return None
    content = b""
    for piece in store.chunks(path):
        content += piece
        if len(content) > limits.json:
            problems.broken(
                path, "document", "a document", f"the document is too large; at most {counted(limits.json, 'byte')} are read"
            )
            return None
    return content


class DirectoryStore(Store):
    """The directory `root`. What is neither a file nor one of the layout's directories is a problem, and is not opened.
    Raises OSError, and Unreadable where there are too many files."""

    def __init__(self, root: str, problems: Problems, limits: Limits) -> None:
        super().__init__()
        self._root = root
        self._left = limits.files
        there = self._scan("", problems)
        for directory in DIRECTORIES:
            if directory in there:
                there = self._scan(directory, problems)

    def chunks(self, path: str) -> Iterator[bytes]:
        """As the class above says; links are not followed, and special files are not opened."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(os.path.join(self._root, path), flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(f"{path} was replaced while it was read")
            yield from iter(lambda: file.read(PIECE), b"")

    def _scan(self, directory: str, problems: Problems) -> Set[str]:
        """Takes the files of one directory, and returns the directories in it."""
        directories: Set[str] = set()
        with os.scandir(os.path.join(self._root, directory)) as entries:
            for entry in entries:
                path = f"{directory}/{entry.name}" if directory else entry.name
                self._left -= 1
                if self._left < 0:
                    raise Unreadable("there are more files than a layout may have")
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    self.sizes[path] = status.st_size
                elif stat.S_ISDIR(status.st_mode):
                    directories.add(path)
                    is_left = path == _INGEST and not os.listdir(entry.path)
                    if path not in DIRECTORIES and not is_left:
                        problems.broken(shown(path)[1:-1], "file", "a directory", FOREIGN_DIRECTORY)
                else:
                    kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "a special file"
                    problems.broken(shown(path)[1:-1], "file", kind, f"{kind}; {FOREIGN_KIND}")
        return directories
