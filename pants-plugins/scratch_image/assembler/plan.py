"""The contract of the layer process: what it reads (LayerPlan) and what it writes (LayerFacts), both as JSON.

A plan holds only what decides a layer's bytes: no address, no label, nothing of the machine.
"""

from __future__ import annotations

import json
from typing import Any, Dict, NamedTuple, Tuple

from scratch_image.oci import canonical_json
from scratch_image.oci.compression import Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry


class LayerPlan(NamedTuple):
    """A layer to write. A FileEntry's `content` is a path below the working directory. `hashes` is whether each file is
    hashed as well."""

    entries: Tuple[Entry, ...]
    compression: Compression
    hashes: bool = False

    def to_json(self) -> bytes:
        """What the process reads. A plan without hashes is as it was before there were any, and so is its process's key."""
        compression = {"name": self.compression.name, "level": self.compression.level}
        plan: Dict[str, object] = {"entries": [_entry(entry) for entry in self.entries], "compression": compression}
        return canonical_json.encode({**plan, "hashes": True} if self.hashes else plan)

    @classmethod
    def from_json(cls, content: bytes) -> LayerPlan:
        """Reads what to_json() wrote."""
        data = json.loads(content)
        compression = Compression(data["compression"]["name"], data["compression"]["level"])
        return cls(tuple(map(_parse_entry, data["entries"])), compression, "hashes" in data)


class FileHashes(NamedTuple):
    """A regular file in a layer: its `path`, relative to the root, its `size` in bytes, and its hashes in hexadecimal
    digits. SPDX 2.3 wants SHA-1, section 8.4."""

    path: str
    size: int
    sha256: str
    sha1: str


class LayerFacts(NamedTuple):
    """A layer that was written: `digest` and `size` of the blob, `diff_id` and `unpacked_size` of the tar archive in it.
    Sizes are in bytes. `files`, in the order of the archive, are there if the plan asks for hashes."""

    digest: Digest
    size: int
    diff_id: Digest
    unpacked_size: int
    recipe: str
    files: Tuple[FileHashes, ...] = ()

    def to_dict(self) -> Dict[str, object]:
        """As `image.json` has it."""
        return {
            "digest": str(self.digest),
            "size": self.size,
            "diffId": str(self.diff_id),
            "unpackedSize": self.unpacked_size,
            "recipe": self.recipe,
        }

    def to_json(self) -> bytes:
        """What the process writes."""
        return canonical_json.encode({**self.to_dict(), "files": [list(file) for file in self.files]})

    @classmethod
    def from_json(cls, content: bytes) -> LayerFacts:
        """Reads what to_json() wrote."""
        data = json.loads(content)
        return cls(
            digest=Digest.parse(data["digest"]),
            size=data["size"],
            diff_id=Digest.parse(data["diffId"]),
            unpacked_size=data["unpackedSize"],
            recipe=data["recipe"],
            files=tuple(FileHashes(*file) for file in data["files"]),
        )


def _entry(entry: Entry) -> Dict[str, object]:
    common: Dict[str, object] = {"path": entry.path, "uid": entry.uid, "gid": entry.gid}
    if isinstance(entry, FileEntry):
        file = {**common, "type": "file", "mode": entry.mode, "content": entry.content, "size": entry.size}
        return {**file, "capability": entry.capability.hex()} if entry.capability else file
    if isinstance(entry, SymlinkEntry):
        return {**common, "type": "symlink", "target": entry.target}
    return {**common, "type": "directory", "mode": entry.mode}


def _parse_entry(data: Dict[str, Any]) -> Entry:
    if data["type"] == "file":
        capability = bytes.fromhex(data.get("capability", ""))
        return FileEntry(data["path"], data["content"], data["size"], data["mode"], data["uid"], data["gid"], capability)
    if data["type"] == "symlink":
        return SymlinkEntry(data["path"], data["target"], data["uid"], data["gid"])
    return DirectoryEntry(data["path"], data["mode"], data["uid"], data["gid"])
