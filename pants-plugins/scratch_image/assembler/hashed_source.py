"""A file that is hashed as it is read into an archive."""

from __future__ import annotations

import hashlib
import io
from typing import Any, List

from scratch_image.assembler.plan import FileHashes
from scratch_image.oci.tar import FileEntry


class HashedSource(io.RawIOBase):
    """The content of `entry`, whose hashes are added to `found` when it is closed."""

    def __init__(self, source: io.RawIOBase, entry: FileEntry, found: List[FileHashes]) -> None:
        self._source, self._entry, self._found = source, entry, found
        self._sha256, self._sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads and hashes as many bytes as the file gives, at most those of the buffer."""
        count = self._source.readinto(buffer) or 0
        self._sha256.update(buffer[:count])
        self._sha1.update(buffer[:count])
        return count

    def close(self) -> None:
        """Closes the file as well."""
        if not self.closed:
            self._source.close()
            hashes = self._sha256.hexdigest(), self._sha1.hexdigest()
            self._found.append(FileHashes(self._entry.path, self._entry.size, *hashes))
        super().close()
