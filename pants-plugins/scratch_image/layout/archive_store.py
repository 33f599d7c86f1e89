"""A layout in a tar archive."""

from __future__ import annotations

import os
from typing import BinaryIO, Dict, Iterator

from scratch_image.layout.limits import PIECE, Limits
from scratch_image.layout.problems import Problems, Unreadable, shown
from scratch_image.layout.store import DIRECTORIES, FOREIGN_DIRECTORY, FOREIGN_KIND, Store
from scratch_image.layout.tar_archive import Archive, Stream
from scratch_image.layout.tar_header import DIRECTORY, FILE, BadArchive, Entry
from scratch_image.layout.tar_rules import name_mistake

_COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\0": "xz", b"BZh": "bzip2"}


class ArchiveStore(Store):
    """A tar archive whose entries are a layout's files. Of a layer's rules those hold that decide what is read. Raises
    OSError, and Unreadable where nothing of it can be read."""

    def __init__(self, file: BinaryIO, problems: Problems, limits: Limits) -> None:
        super().__init__()
        self._file = file
        self._offsets: Dict[str, int] = {}
        stream = _File(file)
        archive = Archive(stream, "archive", problems, limits)
        try:
            for count, entry in enumerate(archive):
                if count >= limits.files:
                    raise BadArchive("there are more files than a layout may have")
                self._take(entry, stream.position, problems)
        except BadArchive as error:
            if not self.sizes:
                program = _compressed_by(file)
                if program:
                    raise Unreadable(f"it is compressed with {program}; unpack it: {program} -d FILE") from None
                raise Unreadable(f"it is neither a directory nor a tar archive that can be read: {error}") from None
            problems.broken("archive", "tar archive", "an archive", str(error))

    def chunks(self, path: str) -> Iterator[bytes]:
        """See Store.chunks."""
        return _pieces(self._file, self._offsets[path], self.sizes[path])

    def _take(self, entry: Entry, offset: int, problems: Problems) -> None:
        where = f"archive {shown(entry.name)}"
        path = entry.name.decode("utf-8", "surrogateescape").rstrip("/")
        mistake = name_mistake(entry.name)
        if mistake:
            problems.broken(where, "name", shown(entry.name), mistake)
        elif entry.kind == DIRECTORY:
            if path not in DIRECTORIES:
                problems.broken(where, "file", "a directory", FOREIGN_DIRECTORY)
        elif entry.kind != FILE:
            problems.broken(where, "file", f"type {shown(entry.kind)}", f"type {shown(entry.kind)}; {FOREIGN_KIND}")
        elif path in self.sizes:
            problems.broken(where, "file", "an entry", "the archive has this file twice")
        else:
            self.sizes[path], self._offsets[path] = entry.size, offset


def _compressed_by(file: BinaryIO) -> str:
    """The program that unpacks a file, by its first bytes; empty if it is not compressed."""
    file.seek(0)
    head = file.read(8)
    return next((program for magic, program in _COMPRESSED.items() if head.startswith(magic)), "")


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
