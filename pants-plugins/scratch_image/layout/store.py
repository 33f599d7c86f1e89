"""The files of a layout, in a directory or in a tar archive: which there are, and their bytes. Nothing else is opened."""

from __future__ import annotations

import os
import re
import stat
from typing import BinaryIO, Dict, Iterator, Optional, Set

from scratch_image.layout.limits import PIECE, Limits
from scratch_image.layout.problems import Findings, Unreadable, shown
from scratch_image.layout.tar_archive import DIRECTORY, FILE, Archive, Stream
from scratch_image.layout.tar_header import BadArchive
from scratch_image.layout.tar_rules import name_mistake

BLOB = re.compile(r"blobs/sha256/[0-9a-f]{64}")
_DIRECTORIES = ("blobs", "blobs/sha256")


class Store:
    """`sizes` maps the paths of regular files, relative with `/`, to their sizes in bytes."""

    def __init__(self) -> None:
        self.sizes: Dict[str, int] = {}

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of a path of `sizes`, in pieces of at most PIECE. Raises OSError."""
        raise NotImplementedError


def read(store: Store, path: str, findings: Findings, limits: Limits) -> Optional[bytes]:
    """A document that is no blob, or None and a problem. Raises OSError."""
    if path not in store.sizes:
        findings.add(path, "file", "nothing", "a layout has it")
        return None
    content = b""
    for piece in store.chunks(path):
        content += piece
        if len(content) > limits.json:
            findings.add(path, "document", "a document", f"at most {limits.json} bytes are read")
            return None
    return content


class DirectoryStore(Store):
    """A directory. What is neither a file nor one of the layout's directories is a problem, and is not opened."""

    def __init__(self, root: str, findings: Findings, limits: Limits) -> None:
        super().__init__()
        self._root = root
        self._left = limits.files
        found = self._scan("", findings)
        for directory in _DIRECTORIES:
            if directory in found:
                found = self._scan(directory, findings)

    def chunks(self, path: str) -> Iterator[bytes]:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(os.path.join(self._root, path), flags), "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(f"{path} was exchanged while it was read")
            while True:
                piece = file.read(PIECE)
                if not piece:
                    return
                yield piece

    def _scan(self, directory: str, findings: Findings) -> Set[str]:
        """Takes the files of one directory, and says which directories are in it."""
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
                    if path not in _DIRECTORIES:
                        findings.add(_named(path), "file", "a directory", "it does not belong into a layout")
                else:
                    kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "a special file"
                    findings.add(_named(path), "file", kind, "a layout holds files and directories")
        return directories


class ArchiveStore(Store):
    """A tar archive whose entries are a layout's files. Of a layer's rules those hold that decide what is read."""

    def __init__(self, file: BinaryIO, findings: Findings, limits: Limits) -> None:
        super().__init__()
        self._file = file
        self._offsets: Dict[str, int] = {}
        stream = _File(file)
        archive = Archive(stream, "archive", findings, limits)
        try:
            for count, entry in enumerate(archive):
                if count >= limits.files:
                    raise BadArchive("there are more files than a layout may have")
                self._take(entry.name, entry.kind, entry.size, stream.position, findings)
        except BadArchive as error:
            if not self.sizes:
                raise Unreadable(f"it is neither a directory nor a tar archive that can be read: {error}") from None
            findings.add("archive", "tar archive", "an archive", str(error))

    def chunks(self, path: str) -> Iterator[bytes]:
        return _pieces(self._file, self._offsets[path], self.sizes[path])

    def _take(self, name: bytes, kind: bytes, size: int, offset: int, findings: Findings) -> None:
        where = f"archive {shown(name)}"
        path = name.decode("utf-8", "surrogateescape").rstrip("/")
        mistake = name_mistake(name)
        if mistake:
            findings.add(where, "name", shown(name), mistake)
        elif kind == DIRECTORY:
            if path not in _DIRECTORIES:
                findings.add(where, "file", "a directory", "it does not belong into a layout")
        elif kind != FILE:
            findings.add(where, "file", f"type {shown(kind)}", "a layout holds files and directories")
        elif path in self.sizes:
            findings.add(where, "file", "an entry", "it is there twice")
        else:
            self.sizes[path], self._offsets[path] = size, offset


class _File(Stream):
    """A file that can be read from any place, so that skipping costs nothing."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(iter(()))
        self._file = file
        self._size = os.fstat(file.fileno()).st_size

    def pieces(self, count: int) -> Iterator[memoryview]:
        for piece in _pieces(self._file, self.position, count):
            self.position += len(piece)
            yield memoryview(piece)

    def skip(self, count: int) -> int:
        count = min(count, max(0, self._size - self.position))
        self.position += count
        return count


def _pieces(file: BinaryIO, offset: int, count: int) -> Iterator[bytes]:
    while count > 0:
        file.seek(offset)
        piece = file.read(min(count, PIECE))
        if not piece:
            return
        offset, count = offset + len(piece), count - len(piece)
        yield piece


def _named(path: str) -> str:
    return shown(path)[1:-1]
