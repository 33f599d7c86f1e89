"""What a list or a dict was meant to be that a BUILD file has as something else, for cures. Pure."""

from __future__ import annotations

import json
from typing import Mapping


def list_of(value: object) -> str:
    """A value as the list of a BUILD file: of a number, of a string's parts between commas, or of a dict's keys. Empty if it
    is none of these."""
    if isinstance(value, str):
        return _written([part.strip() for part in value.split(",")])
    if isinstance(value, int) and not isinstance(value, bool):
        return _written([str(value)])
    if isinstance(value, Mapping) and value and all(isinstance(key, str) for key in value):
        return _written(list(value))
    return ""


def dict_of(value: object, example: str) -> str:
    """A string or a list of strings as the dict of a BUILD file: `NAME=value` is a member; a path is a key, with the value
    that the only member of `example` has; an address is the value of that member. Empty if none of them is there."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(isinstance(item, str) for item in items):
        return ""
    member = example[1:-1].partition(": ")[2]
    if not example.startswith('{"/'):
        pairs = [item.partition("=") for item in items]
        return _written({name: text for name, _, text in pairs}) if all(name and sign for name, sign, _ in pairs) else ""
    if all(item.startswith("/") and ":" not in item for item in items):
        return f"{{{', '.join(f'{_written(path)}: {member}' for path in items)}}}"
    return example.replace("…", _written(items[0])) if len(items) == 1 and ":" in items[0] else ""


def _written(value: object) -> str:
    """A string, list or dict in the notation of a BUILD file."""
    return json.dumps(value, ensure_ascii=False)
