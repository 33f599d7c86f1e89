"""How a layer is compressed: name in BUILD files, level, media type and recipe.

A recipe names the bytes that a step writes; a change of the bytes raises its number (docs/adr/0002). The code is
`assembler/compressors.py`.
"""

from __future__ import annotations

import re
from typing import Dict, NamedTuple, Optional, Tuple

TAR_RECIPE = "tar.1"
# Name → (lowest level, highest, default): libdeflate's and libzstd's. docs/adr/0003 has the measurements.
_LEVELS: Dict[str, Tuple[int, int, int]] = {"gzip": (1, 12, 3), "zstd": (1, 22, 3)}
NAMES = ("gzip", "zstd", "none")
_RECIPE = re.compile(r"tar\.1(?:\+(gzip|zstd)\.1(:[0-9]{1,3})?)?")


class _Fields(NamedTuple):
    name: str
    level: Optional[int]


class Compression(_Fields):
    """`name` is one of NAMES; `level` is None only for `none`. Raises ValueError for anything else."""

    __slots__ = ()

    def __new__(cls, name: str, level: Optional[int]) -> Compression:
        if name not in NAMES:
            raise ValueError(f"unknown compression {name!r}; choose from {', '.join(NAMES)}")
        if name == "none":
            if level is not None:
                raise ValueError("'none' takes no level")
        else:
            lowest, highest, _ = _LEVELS[name]
            if level is None or not lowest <= level <= highest:
                raise ValueError(f"{name} takes a level from {lowest} to {highest}, got {level}")
        return super().__new__(cls, name, level)

    @classmethod
    def parse(cls, text: str) -> Compression:
        """Reads `gzip`, `zstd`, `none` or a name with a level, `zstd:9`. Raises ValueError."""
        name, colon, level = text.partition(":")
        if not colon:
            return cls(name, _LEVELS[name][2] if name in _LEVELS else None)
        if not re.fullmatch(r"[0-9]{1,3}", level):
            raise ValueError(f"{level!r} in {text!r} is not a valid level; write a whole number, as in '{name}:9'")
        return cls(name, int(level))

    @classmethod
    def from_recipe(cls, text: str) -> Compression:
        """The inverse of `recipe`. Raises ValueError."""
        match = _RECIPE.fullmatch(text)
        if match:
            compression = cls.parse(f"{match[1]}{match[2] or ''}" if match[1] else "none")
            if compression.recipe == text:
                return compression
        raise ValueError(f"{text!r} is not a recipe of this version")

    @property
    def recipe(self) -> str:
        """`tar.1`, `tar.1+gzip.1`, `tar.1+zstd.1:9`: the level is named unless it is the default."""
        if self.name == "none":
            return TAR_RECIPE
        suffix = "" if self.level == _LEVELS[self.name][2] else f":{self.level}"
        return f"{TAR_RECIPE}+{self.name}.1{suffix}"

    @property
    def media_type(self) -> str:
        """image-spec 1.1, media-types.md."""
        base = "application/vnd.oci.image.layer.v1.tar"
        return base if self.name == "none" else f"{base}+{self.name}"
