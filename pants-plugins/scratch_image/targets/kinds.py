"""Kinds of fields. Each takes what is written, right or wrong: `image_spec.py` reads all of a target's fields together when
an image is made, so that every mistake is shown at once and none breaks `./pants list ::`.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, Optional, Union

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


class _WrittenField(Field):
    """Not set, its value is None. The types below are what `help` shows."""

    default = None

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> Any:
        return freeze(raw_value)


class TextField(_WrittenField):
    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Any:
        return super().compute_value(raw_value, address)


class ListField(_WrittenField):
    @classmethod
    def compute_value(cls, raw_value: Optional[Iterable[str]], address: Address) -> Any:
        return super().compute_value(raw_value, address)


class DictField(_WrittenField):
    @classmethod
    def compute_value(cls, raw_value: Optional[Dict[str, Any]], address: Address) -> Any:
        return super().compute_value(raw_value, address)


class FlagField(_WrittenField):
    @classmethod
    def compute_value(cls, raw_value: Optional[bool], address: Address) -> Any:
        return super().compute_value(raw_value, address)


class SizeField(_WrittenField):
    @classmethod
    def compute_value(cls, raw_value: Union[int, str, None], address: Address) -> Any:
        return super().compute_value(raw_value, address)
