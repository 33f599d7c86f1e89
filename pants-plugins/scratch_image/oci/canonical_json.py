"""The one form of JSON that this project writes: UTF-8, keys sorted by code point, no white space, no final newline.

A digest is taken of these bytes, so nothing here may depend on the order in which a mapping was filled.
"""

from __future__ import annotations

import json
from typing import Mapping


def encode(value: Mapping[str, object]) -> bytes:
    """JSON bytes of a mapping of strings, integers, booleans, lists and mappings."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")
