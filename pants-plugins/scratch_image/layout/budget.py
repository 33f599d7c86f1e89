"""What the layers of a layout may still cost, all of them together."""

from __future__ import annotations

from typing import Iterator

from scratch_image.layout.limits import Limits
from scratch_image.layout.tar_header import BadArchive
from scratch_image.layout.unpack import Damaged


class Budget:
    """Counts what is unpacked, and what the table of names takes."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._names, self._unpacked = limits.names, limits.unpacked

    def take_name(self, size: int) -> None:
        """Takes so many bytes of memory. Raises BadArchive where there are none left."""
        self._names -= size
        if self._names < 0:
            raise BadArchive("the names are too many to keep")

    def counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The unpacked chunks of one layer. Raises Damaged beyond a limit."""
        layer = self._limits.layer
        for chunk in chunks:
            layer -= len(chunk)
            self._unpacked -= len(chunk)
            if layer < 0:
                raise Damaged(f"the layer has more than {self._limits.layer} bytes unpacked; no more were read")
            if self._unpacked < 0:
                raise Damaged("the layers together have more bytes than are read")
            yield chunk
