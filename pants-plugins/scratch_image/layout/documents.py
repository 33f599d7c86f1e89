"""JSON documents of strangers, read so that no two readers can take them for different things (RFC 8259, section 4)."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Dict, Iterable, List, NoReturn, Optional, Tuple, Type, TypeVar

from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems, shown
from scratch_image.oci.invisible import invisible
from scratch_image.oci.numbers import counted

T = TypeVar("T", str, int, bool, List[object], Dict[str, object])
_KINDS: Dict[type, str] = {str: "a string", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}
_MARKS = (b",", b":", b"[", b"{")
_INTEGER = re.compile(r"-?[0-9]{1,20}")


class JsonObject:
    """An object in a document: its `values`, `where` it is, and `problems`, which takes what is wrong in it.

    A member that is absent or of another type reads as None, or as empty; another type is always a problem.
    """

    def __init__(self, values: Dict[str, object], where: str, problems: Problems) -> None:
        self.values, self.where, self.problems = values, where, problems

    def mismatch(self, what: str, claimed: str, derived: str) -> None:
        """Adds a problem of this object: two statements that differ."""
        self.problems.mismatch(self.where, what, claimed, derived)

    def broken(self, what: str, value: object, rule: str) -> None:
        """Adds a problem of this object: a rule that a value breaks."""
        self.problems.broken(self.where, what, shown(value), rule)

    def expected(self, what: str, kind: str, value: object) -> None:
        """Adds a problem of this object: a value of another kind."""
        self.problems.expected(self.where, what, kind, value)

    def member(self, name: str, kind: Type[T], required: bool = False) -> Optional[T]:
        """A member of a type; its absence is a problem where it is `required`.

        A second name that differs in case only is a problem: Go's encoding/json, and so most readers, takes them for one.
        """
        for other in self.values:
            if other != name and other.lower() == name.lower():
                rule = f"readers in Go take it for {name!r}"
                self.problems.broken(self.where, f"member {shown(other)}", "another member", rule)
        if name not in self.values:
            if required:
                self.problems.broken(self.where, name, "nothing", f"expected {_KINDS[kind]}, got nothing")
            return None
        value = self.values[name]
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        self.expected(name, _KINDS[kind], value)
        return None

    def child(self, name: str, required: bool = False) -> Optional[JsonObject]:
        """A member that is an object."""
        values: Optional[Dict[str, object]] = self.member(name, dict, required)
        return None if values is None else JsonObject(values, f"{self.where} {name}", self.problems)

    def children(self, name: str, required: bool = False) -> Optional[Tuple[Optional[JsonObject], ...]]:
        """A member that is a list of objects; None in the place of each other item."""
        items: Optional[List[object]] = self.member(name, list, required)
        return None if items is None else objects(items, self.where, name, self.problems)

    def strings(self, name: str) -> Dict[str, str]:
        """A member that maps strings to strings (annotations.md, "Rules"; config.md, "Labels"): those that are right."""
        found: Dict[str, str] = {}
        table: Optional[Dict[str, object]] = self.member(name, dict)
        for key, value in (table or {}).items():
            what = f"{name}[{shown(key)}]"
            if not key:
                self.broken(what, value, "the key is empty")
            elif invisible(key):
                self.broken(what, value, f"the key holds {invisible(key)}, which cannot be seen")
            elif self._is_text(what, key) and self._is_text(what, value):
                found[key] = str(value)
        return found

    def string_list(self, name: str) -> Tuple[str, ...]:
        """A member that is a list of strings: those that are right."""
        items: Optional[List[object]] = self.member(name, list)
        return tuple(str(item) for at, item in enumerate(items or ()) if self._is_text(f"{name}[{at}]", item))

    def _is_text(self, what: str, value: object) -> bool:
        """Whether it is a string that UTF-8 and execve(2) can carry."""
        if not isinstance(value, str):
            self.expected(what, "a string", value)
        elif "\0" in value:
            self.broken(what, value, f"{shown(value)} holds a NUL, which ends a string in the kernel")
        else:
            try:
                value.encode("utf-8")
                return True
            except UnicodeEncodeError:
                self.broken(what, value, f"{shown(value)} holds half of a surrogate pair, which UTF-8 cannot encode")
        return False


def objects(items: Iterable[object], where: str, name: str, problems: Problems) -> Tuple[Optional[JsonObject], ...]:
    """The items of the list `name`, which must be objects; None, and a problem, in the place of each other item."""
    found: List[Optional[JsonObject]] = []
    for at, item in enumerate(items):
        place = f"{name}[{at}]"
        if isinstance(item, dict):
            found.append(JsonObject(item, f"{where} {place}", problems))
        else:
            problems.expected(where, place, "an object", item)
            found.append(None)
    return tuple(found)


def parse(content: bytes, where: str, problems: Problems, limits: Limits) -> Optional[JsonObject]:
    """The object that a document is, or None and a problem."""
    value = parse_any(content, where, problems, limits)
    if isinstance(value, dict):
        return JsonObject(value, where, problems)
    if value is not None:
        problems.expected(where, "document", "an object", value)
    return None


def parse_any(content: bytes, where: str, problems: Problems, limits: Limits) -> object:
    """The value of a document, or None and a problem."""
    if sum(map(content.count, _MARKS)) > limits.json_marks:
        problems.broken(
            where, "JSON", counted(len(content), "byte"), f"the document has more than {counted(limits.json_marks, 'value')}"
        )
        return None
    try:
        value: object = json.loads(
            content.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer
        )
        is_deep = _is_deeper(value, limits.json_depth)
    except RecursionError:
        is_deep = True
    except ValueError as error:
        problems.broken(where, "JSON", "a document", f"the document is not valid JSON: {error}")
        return None
    if is_deep:
        problems.broken(where, "JSON", "a document", f"the document is nested deeper than {limits.json_depth}")
        return None
    if value is None:
        problems.expected(where, "JSON", "an object", None)
    return value


def _object(pairs: List[Tuple[str, object]]) -> Dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise ValueError(f"the key {shown(next(name for name in counts if counts[name] > 1))} is there twice")
    return found


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number of JSON")


def _integer(text: str) -> int:
    # Reading a number takes time that grows with the square of its digits.
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _is_deeper(value: object, depth: int) -> bool:
    waiting = [(value, 1)]
    while waiting:
        value, level = waiting.pop()
        if isinstance(value, (list, dict)):
            if level > depth:
                return True
            waiting.extend((item, level + 1) for item in (value.values() if isinstance(value, dict) else value))
    return False
