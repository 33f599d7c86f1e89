"""Kinds of fields. Each takes what is written, right or wrong: `image_spec.py` reads all of a target's fields together when
an image is made, so that every mistake is shown at once and none breaks `./pants list ::`.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, Optional

from pants.engine.addresses import Address
from pants.engine.target import Field
from pants.util.frozendict import FrozenDict


def freeze(value: Any) -> Any:
    """The value with what can be changed made unchangeable, as the engine's keys must be."""
    if isinstance(value, dict):
        return FrozenDict({key: freeze(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(map(freeze, value))
    if isinstance(value, (set, frozenset)):
        return tuple(sorted(map(freeze, value), key=repr))
    return value


class TextField(Field):
    default = None

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Any:
        return freeze(raw_value)


class ListField(Field):
    default = None

    @classmethod
    def compute_value(cls, raw_value: Optional[Iterable[str]], address: Address) -> Any:
        return freeze(raw_value)


class DictField(Field):
    default = None

    @classmethod
    def compute_value(cls, raw_value: Optional[Dict[str, str]], address: Address) -> Any:
        return freeze(raw_value)
