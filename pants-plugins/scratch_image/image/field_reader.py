"""Reads the fields of one target, right or wrong: every mistake is kept, with its field and a cure. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar

from scratch_image.image import shapes
from scratch_image.oci import grammar
from scratch_image.oci.text import without_logins

K = TypeVar("K")
T = TypeVar("T")
# What a part of a value is read with, and the part.
Part = Tuple[Callable[[object], object], object]


@dataclass(frozen=True)
class Mistake:
    """A wrong value. `where` is its field, option or environment variable; `text` is what was found, and the cure."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True)
class Default:
    """The `value` of a field that is not set, and `where` it is from, as Mistake has it."""

    where: str
    value: object


class FieldReader:
    """Reads one value after the other and keeps the mistakes in `mistakes`.

    `values` are name → value as a BUILD file has it, None where it is not set. `parse` is always a function that returns the
    value for the image, or raises ValueError with what was found and the cure. With `hides_logins`, no mistake shows what
    stands before an `@` in a value: it may be a password.
    """

    def __init__(self, values: Mapping[str, object], *, hides_logins: bool = False) -> None:
        self._hides_logins = hides_logins
        self._values = {field: _thawed(value) for field, value in values.items()}
        self.mistakes: List[Mistake] = []

    def is_set(self, field: str) -> bool:
        """Whether the BUILD file has a value for the field."""
        return self._values.get(field) is not None

    def is_dict(self, field: str) -> bool:
        """Whether the value is a dict."""
        return isinstance(self._values.get(field), dict)

    def is_empty(self, field: str) -> bool:
        """Whether the value is a dict or a list without members."""
        return self._values.get(field) in ({}, [])

    def one(self, field: str, parse: Callable[[object], T], stand_in: T, default: Optional[Default] = None) -> T:
        """The field's value or, if it is not set, the default's. Without one, and for a wrong value, the stand-in."""
        if self.is_set(field):
            return self.parsed(f"field `{field}`", parse, self._values[field], stand_in)
        return self.parsed(default.where, parse, default.value, stand_in) if default else stand_in

    def required(self, field: str, parse: Callable[[object], T], stand_in: T) -> T:
        """Like one(), for the address of a program: a field that is not set is a mistake."""
        if not self.is_set(field):
            self.mistake(f"field `{field}`", "it is not set; write the address of the target that makes the program")
        return self.one(field, parse, stand_in)

    def many(self, field: str, parse: Callable[[object], str], example: str, *, in_order: bool = False) -> Tuple[str, ...]:
        """The right values of a list, each once; sorted, or in the order in which they are written."""
        items = dict.fromkeys(self.items(field, parse, example))
        return tuple(items if in_order else sorted(items))

    def items(self, field: str, parse: Callable[[object], T], example: str) -> Tuple[T, ...]:
        """The right values of a list, in the order in which they are written; `example` shows a list."""
        return self._right(parse, [(f"field `{field}`", item) for item in self._list(field, parse, example)])

    def numbered(self, field: str, parse: Callable[[object], T], example: str) -> Tuple[T, ...]:
        """Like items(), where a mistake tells the number of the item rather than the whole of it."""
        items = enumerate(self._list(field, parse, example), 1)
        return self._right(parse, [(f"field `{field}`, item {number}", item) for number, item in items])

    def _right(self, parse: Callable[[object], T], items: Sequence[Tuple[str, object]]) -> Tuple[T, ...]:
        parsed = [self.parsed(where, parse, item, None) for where, item in items]
        return tuple(item for item in parsed if item is not None)

    def arguments(self, field: str, program: str, default: str = "`binary_path`") -> Tuple[str, ...]:
        """A command line in exec form: a list of strings. `program` is the path of the program, and `default` what
        starts without the field, for cures."""
        value = self._values.get(field)
        where = f"field `{field}`"
        if isinstance(value, str):
            words = _split(value)
            is_command = bool(words and (words[0] or field != "entrypoint") and "\0" not in value)
            self.mistake(
                where,
                f"{value!r} is a string, the shell form, and an image built FROM scratch has no shell; "
                f"write a list, the exec form: {words if is_command else [program]!r}",
            )
            return ()
        if field == "entrypoint" and value == []:
            self.mistake(where, f"it is empty; leave it out to start {default}, or name the program: {[program]!r}")
        if field == "entrypoint" and isinstance(value, list) and value[:1] == [""]:
            self.mistake(where, f"the program's name is empty; write its path: {[program, *value[1:]]!r}")
        return self.items(field, grammar.text, '["/app", "--flag"]')

    def table(
        self, field: str, parse_key: Callable[[object], str], parse: Callable[[object], str] = grammar.text
    ) -> Dict[str, str]:
        """The right strings of a dict, sorted by key: the order in the BUILD file decides nothing."""
        return dict(sorted(self.pairs(field, parse_key, parse, '{"NAME": "value"}')))

    def pairs(
        self, field: str, parse_key: Callable[[object], K], parse: Callable[[object], T], example: str
    ) -> List[Tuple[K, T]]:
        """The members of a dict whose keys and values are right, in the order of the BUILD file; `example` shows a dict."""
        members: List[Tuple[K, T]] = []
        for key, item in self._dict(field, parse_key, parse, example).items():
            name = self.parsed(f"field `{field}`", parse_key, key, None)
            value = self.parsed(f"field `{field}`, key {key!r}", parse, item, None)
            if name is not None and value is not None:
                members.append((name, value))
        return members

    def parsed(self, where: str, parse: Callable[[object], T], value: object, stand_in: T) -> T:
        """The value of something else than a field; for a wrong one, the stand-in."""
        try:
            return parse(value)
        except ValueError as error:
            self.mistake(where, self._told(parse, value, error))
            return stand_in

    def mistake(self, where: str, text: str) -> None:
        """Keeps a mistake that the caller found."""
        self.mistakes.append(Mistake(where, text))

    def _told(self, parse: Callable[[object], object], value: object, error: ValueError) -> str:
        """What is wrong with a value, without a login, and with a cure that the field takes."""
        shown = self._shown(value)
        if repr(shown) != repr(value):
            again = _refused(parse, shown)
            if again is None:
                return f"{shown!r} has an '@'; leave out what is before it"
            value, error = shown, again
        if isinstance(error, grammar.NotAString) and error.value is value and error.meant is not None:
            again = _refused(parse, error.meant)
            return f"{value!r} is not a string, and {again}" if again else str(error)
        return str(error)

    def _shown(self, value: object) -> object:
        return without_logins(value) if self._hides_logins else value

    def _list(self, field: str, parse: Callable[[object], object], example: str) -> List[object]:
        value = self._values.get(field)
        if isinstance(value, list):
            return value
        if value is not None:
            meant = shapes.list_of(value)
            self._misshapen(field, "list", meant, [(parse, item) for item in meant], example)
        return []

    def _dict(
        self, field: str, parse_key: Callable[[object], object], parse: Callable[[object], object], example: str
    ) -> Dict[object, object]:
        value = self._values.get(field)
        if isinstance(value, dict):
            return value
        if value is not None:
            meant = shapes.dict_of(value, example)
            parts = [*((parse_key, key) for key in meant), *((parse, item) for item in meant.values())]
            self._misshapen(field, "dict", meant, parts, example)
        return {}

    def _misshapen(self, field: str, kind: str, meant: object, parts: Sequence[Part], example: str) -> None:
        """Keeps the mistake of a value of another shape. What is `meant` is the cure if all its `parts` are right."""
        wrong = next((self._told(*part, error) for part in parts for error in (_refused(*part),) if error), "")
        is_shown = repr(self._shown(meant)) == repr(meant)
        cure = shapes.written(meant) if meant and is_shown and not wrong else example
        found = f"{self._shown(self._values[field])!r} is not a {kind}"
        self.mistake(f"field `{field}`", f"{found}; write {field}={cure}{f'; and {wrong}' if wrong else ''}")


def _refused(parse: Callable[[object], object], value: object) -> Optional[ValueError]:
    """Why a value is wrong; None if it is right."""
    try:
        parse(value)
    except ValueError as error:
        return error
    return None


def _thawed(value: object) -> object:
    """The value as it was written: a target holds tuples and immutable mappings in the place of lists and dicts."""
    if isinstance(value, Mapping):
        return {key: _thawed(item) for key, item in value.items()}
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value


def _split(command: str) -> List[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()
