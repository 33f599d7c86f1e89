"""Reads the fields of one target, right or wrong: every mistake is kept, with its field and a cure. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Optional, Tuple, TypeVar

from scratch_image.oci import grammar

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True)
class Mistake:
    """A wrong value: the field, option or variable it is in; what was found, and the cure."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True)
class Default:
    """What counts where a field is not set, and where it comes from."""

    where: str
    value: object


class FieldReader:
    """Reads one value after the other and keeps the mistakes. What it gives for a wrong value is a stand-in."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = {field: _thaw(value) for field, value in values.items()}
        self.mistakes: List[Mistake] = []

    def is_set(self, field: str) -> bool:
        return self._values.get(field) is not None

    def one(self, field: str, parse: Callable[[object], T], stand_in: T, default: Optional[Default] = None) -> T:
        """A field's value; where it is not set the default's, and without one the stand-in."""
        if self.is_set(field):
            return self.parsed(f"field `{field}`", parse, self._values[field], stand_in)
        return self.parsed(default.where, parse, default.value, stand_in) if default else stand_in

    def is_dict(self, field: str) -> bool:
        return isinstance(self._values.get(field), dict)

    def is_empty(self, field: str) -> bool:
        return self._values.get(field) in ({}, [])

    def required(self, field: str, parse: Callable[[object], T], stand_in: T) -> T:
        if not self.is_set(field):
            self.mistake(f"field `{field}`", "it is not set; write the address of the target that makes the program")
        return self.one(field, parse, stand_in)

    def many(self, field: str, parse: Callable[[object], str], example: str, *, in_order: bool = False) -> Tuple[str, ...]:
        """The values of a list, each once; sorted, or in the order in which they are written."""
        items = dict.fromkeys(self.items(field, parse, "", example))
        return tuple(items if in_order else sorted(items))

    def items(self, field: str, parse: Callable[[object], T], stand_in: T, example: str) -> Tuple[T, ...]:
        """The values of a list, in the order in which they are written."""
        value = self._values.get(field)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.mistake(f"field `{field}`", f"{value!r} is not a list; write {example}")
            return ()
        return tuple(self.parsed(f"field `{field}`", parse, item, stand_in) for item in value)

    def arguments(self, field: str) -> Tuple[str, ...]:
        """A command line in exec form: a list of strings."""
        value = self._values.get(field)
        where = f"field `{field}`"
        if isinstance(value, str):
            self.mistake(
                where,
                f"{value!r} is a string, the shell form, and an image from scratch has no shell; "
                f"write a list, the exec form: {_split(value)!r}",
            )
            return ()
        if field == "entrypoint" and value == []:
            self.mistake(where, "it is empty; leave it out to start `binary_path`, or name the program: ['/app']")
        if field == "entrypoint" and isinstance(value, list) and value[:1] == [""]:
            self.mistake(where, "the program's name is empty; write its path: ['/app']")
        return self.items(field, grammar.text, "", "['/app', '--flag']")

    def table(
        self, field: str, parse_key: Callable[[object], str], parse: Callable[[object], str] = grammar.text
    ) -> Dict[str, str]:
        """The strings of a dict, sorted by key: the order in the BUILD file decides nothing."""
        value = self._values.get(field)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.mistake(f"field `{field}`", f"{value!r} is not a dict; write {{'NAME': 'value'}}")
            return {}
        result: Dict[str, str] = {}
        for key, item in value.items():
            name = self.parsed(f"field `{field}`", parse_key, key, "")
            result[name] = self.parsed(f"field `{field}`, key {key!r}", parse, item, "")
        return dict(sorted(result.items()))

    def pairs(
        self, field: str, parse_key: Callable[[object], K], parse: Callable[[object], T], example: str = "{'/path': …}"
    ) -> List[Tuple[K, T]]:
        """The members of a dict whose keys and values are both right, in the order of the BUILD file."""
        written = self._values.get(field)
        if not isinstance(written, dict):
            if written is not None:
                self.mistake(f"field `{field}`", f"{written!r} is not a dict; write {example}")
            return []
        members: List[Tuple[K, T]] = []
        for key, item in written.items():
            name = self.parsed(f"field `{field}`", parse_key, key, None)
            value = self.parsed(f"field `{field}`, key {key!r}", parse, item, None)
            if name is not None and value is not None:
                members.append((name, value))
        return members

    def parsed(self, where: str, parse: Callable[[object], T], value: object, stand_in: T) -> T:
        try:
            return parse(value)
        except ValueError as error:
            self.mistake(where, str(error))
            return stand_in

    def mistake(self, where: str, text: str) -> None:
        self.mistakes.append(Mistake(where, text))


def _thaw(value: object) -> object:
    """The value as it was written: a target holds what can not be changed in the place of lists and dicts."""
    if isinstance(value, Mapping):
        return {key: _thaw(item) for key, item in value.items()}
    return [_thaw(item) for item in value] if isinstance(value, tuple) else value


def _split(command: str) -> List[str]:
    try:
        return shlex.split(command) or ["/app"]
    except ValueError:
        return command.split()
