"""How a layer is compressed: its name in BUILD files, its level, media type and recipe.

A recipe names the bytes that a step writes; a change of those bytes raises its number (docs/adr/0002). The code that
writes them is `assembler/compressors.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Optional, Tuple

TAR_RECIPE = "tar.1"
# Name → (lowest level, highest level, level where none is given). gzip: libdeflate's levels; zstd: libzstd's.
# docs/adr/0003 says how the defaults were measured.
_LEVELS: Dict[str, Tuple[int, int, int]] = {"gzip": (1, 12, 3), "zstd": (1, 22, 3)}
NAMES = ("gzip", "zstd", "none")


@dataclass(frozen=True)
class Compression:
    """`name` is one of NAMES; `level` is None exactly for `none`. Raises ValueError for anything else."""

    name: str
    level: Optional[int]

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(f"{self.name!r} is no compression; use one of {', '.join(NAMES)}")
        if self.name == "none":
            if self.level is not None:
                raise ValueError("'none' takes no level")
            return
        lowest, highest, _ = _LEVELS[self.name]
        if self.level is None or not lowest <= self.level <= highest:
            raise ValueError(f"{self.name} has the levels {lowest} to {highest}, not {self.level}")

    @classmethod
    def parse(cls, text: str) -> Compression:
        """Reads `gzip`, `zstd`, `none` or a name with a level, `zstd:9`. Raises ValueError."""
        name, colon, level = text.partition(":")
        if not colon:
            return cls(name, _LEVELS[name][2] if name in _LEVELS else None)
        if not re.fullmatch(r"[0-9]{1,3}", level):
            raise ValueError(f"{level!r} in {text!r} is not a level; write a whole number, as in 'zstd:9'")
        return cls(name, int(level))

    @property
    def recipe(self) -> str:
        """`tar.1`, `tar.1+gzip.1`, `tar.1+zstd.1:9`: the level is named where it is not the default."""
        if self.name == "none":
            return TAR_RECIPE
        suffix = "" if self.level == _LEVELS[self.name][2] else f":{self.level}"
        return f"{TAR_RECIPE}+{self.name}.1{suffix}"

    @property
    def media_type(self) -> str:
        """image-spec 1.1, media-types.md, the layer types."""
        base = "application/vnd.oci.image.layer.v1.tar"
        return base if self.name == "none" else f"{base}+{self.name}"
