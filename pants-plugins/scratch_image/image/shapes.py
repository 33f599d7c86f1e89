"""What a list or a dict was meant to be that a BUILD file has as something else, for cures. Pure."""

from __future__ import annotations

import json
import re
from typing import Dict, List, Mapping


def list_of(value: object) -> List[str]:
    """A value as a list: of a number, of a string's parts between commas, or of a dict's keys. Empty if it is none of
    these."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    if isinstance(value, Mapping) and all(isinstance(key, (str, int)) for key in value):
        return list(map(str, value))
    return []


def dict_of(value: object, example: str) -> Dict[str, object]:
    """A string or a list of strings as a dict: `NAME=value` is a member, and `NAME` has the value that the only member of
    `example` has; so has a path, unless one is written behind it; an address is the value of that member. Empty if none of
    them is there."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
        return {}
    ((key, member),) = json.loads(example).items()
    if not key.startswith("/"):
        pairs = [item.partition("=") for item in items]
        return {name: text if sign else member for name, sign, text in pairs}
    if isinstance(member, str) and len(items) == 1 and re.match("//|[^/=]*:", items[0]):
        return {key: items[0]}
    found: Dict[str, object] = {}
    for path, rest in (_parted(item) for item in items):
        found[path if path.startswith("/") else f"/{path}"] = rest if rest and isinstance(member, str) else member
    return found


def written(value: object) -> str:
    """A list or dict in the notation of a BUILD file."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else repr(value)


def _parted(item: str) -> List[str]:
    """A path and what is written behind it, as in `/a=b` and `/a:b`."""
    return [*re.split("[=:]", item, maxsplit=1), ""][:2]
