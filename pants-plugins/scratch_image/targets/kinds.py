"""Kinds of fields, and the fields that several targets have.

A field takes what is written, right or wrong: all fields of a target are read together when an image is made or tested
(`image/`, `structure/`), so that every mistake is reported at once and none breaks `./pants list ::`.
"""

from __future__ import annotations

import inspect
import textwrap
from typing import Any, Callable, ClassVar, Dict, Iterable, Optional, Union

from pants.engine.addresses import Address
from pants.engine.target import Field
from pants.util.frozendict import FrozenDict
from pants.util.strutil import softwrap


def freeze(value: Any) -> Any:
    """The value with its lists, sets and dicts made immutable, as the engine's keys must be."""
    if isinstance(value, dict):
        return FrozenDict({key: freeze(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(map(freeze, value))
    if isinstance(value, (set, frozenset)):
        return tuple(sorted(map(freeze, value), key=repr))
    return value


class HelpFromDocstring:
    """Of its subclasses, the docstring is also what `help` shows, with paragraphs as single lines (softwrap)."""

    help: ClassVar[Union[str, Callable[[], str]]]

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if cls.__doc__:
            cls.help = softwrap(textwrap.indent(inspect.cleandoc(cls.__doc__), " "))


class _WrittenField(HelpFromDocstring, Field):
    """A field that is not set has the value None. `help` shows the type of `raw_value`."""

    default = None

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> Any:
        """The value as written, made immutable."""
        return freeze(raw_value)


class TextField(_WrittenField):
    """A field for a string."""

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Any:
        """The value as written, made immutable."""
        return super().compute_value(raw_value, address)


class ListField(_WrittenField):
    """A field for a list of strings."""

    @classmethod
    def compute_value(cls, raw_value: Optional[Iterable[str]], address: Address) -> Any:
        """The value as written, made immutable."""
        return super().compute_value(raw_value, address)


class ListOfDictsField(_WrittenField):
    """A field for a list of dicts."""

    @classmethod
    def compute_value(cls, raw_value: Optional[Iterable[Dict[str, Any]]], address: Address) -> Any:
        """The value as written, made immutable."""
        return super().compute_value(raw_value, address)


class DictField(_WrittenField):
    """A field for a dict with strings as keys."""

    @classmethod
    def compute_value(cls, raw_value: Optional[Dict[str, Any]], address: Address) -> Any:
        """The value as written, made immutable."""
        return super().compute_value(raw_value, address)


class FlagField(_WrittenField):
    """A field for a boolean."""

    @classmethod
    def compute_value(cls, raw_value: Optional[bool], address: Address) -> Any:
        """The value as written, made immutable."""
        return super().compute_value(raw_value, address)


class SizeField(_WrittenField):
    """A field for a number of bytes, or a string with a unit."""

    @classmethod
    def compute_value(cls, raw_value: Union[int, str, None], address: Address) -> Any:
        """The value as written, made immutable."""
        return super().compute_value(raw_value, address)
