"""How thoroughly a layout is checked."""

from __future__ import annotations

from typing import NamedTuple


class Depth(NamedTuple):
    """`quick`: documents are read, and of all else only the sizes are compared, which finds what was written in part.
    `recompress`: layers are compressed again by the recipes that `image.json` names."""

    quick: bool = False
    recompress: bool = False


FULL = Depth()
