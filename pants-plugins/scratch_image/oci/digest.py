"""Digests of blobs (image-spec 1.1, descriptor.md, "Digests"). Only sha256 is written."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

_HEX = re.compile(r"[0-9a-f]{64}")


class _Fields(NamedTuple):
    hex: str


class Digest(_Fields):
    """A sha256 digest. `hex` is 64 lower-case hexadecimal digits; anything else raises ValueError."""

    __slots__ = ()

    def __new__(cls, hex: str) -> Digest:
        if not _HEX.fullmatch(hex):
            raise ValueError(f"not 64 lower-case hexadecimal digits: {hex!r}")
        return super().__new__(cls, hex)

    @classmethod
    def of(cls, content: bytes) -> Digest:
        """The digest of `content`."""
        return cls(hashlib.sha256(content).hexdigest())

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Reads `sha256:<hex>`; raises ValueError."""
        algorithm, _, encoded = text.partition(":")
        if algorithm != "sha256":
            raise ValueError(f"not a sha256 digest: {text!r}")
        return cls(encoded)

    def __str__(self) -> str:
        return f"sha256:{self.hex}"

    @property
    def blob_path(self) -> str:
        """The blob's path in an OCI image layout (image-layout.md, "Blobs")."""
        return f"blobs/sha256/{self.hex}"
