"""The one form of JSON that this project writes: UTF-8, keys sorted by code point, no white space, no final newline.

Digests are taken of these bytes: they must not depend on the order in which a mapping was filled.
"""

from __future__ import annotations

import json
from typing import List, Mapping, Union


def encode(value: Union[Mapping[str, object], List[object]]) -> bytes:
    """JSON bytes of strings, integers, booleans, None, lists and mappings."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")
