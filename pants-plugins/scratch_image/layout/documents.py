"""JSON documents of strangers, read so that no two readers can take them for different things (RFC 8259, section 4)."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Dict, List, NoReturn, Optional, Tuple, Type, TypeVar

from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Findings, shown
from scratch_image.oci import grammar

Object = Dict[str, object]
T = TypeVar("T", str, int, bool, List[object], Dict[str, object])
_KINDS: Dict[type, str] = {str: "a string", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}
_MARKS = (b",", b":", b"[", b"{")
_INTEGER = re.compile(r"-?[0-9]{1,20}")


def parse(content: bytes, where: str, findings: Findings, limits: Limits) -> Optional[Object]:
    """The object that a document is, or None and a problem."""
    value = parse_any(content, where, findings, limits)
    if value is None or isinstance(value, dict):
        return value
    findings.add(where, "document", shown(value), "an object is asked for")
    return None


def parse_any(content: bytes, where: str, findings: Findings, limits: Limits) -> object:
    """The value of a document, or None and a problem."""
    if sum(map(content.count, _MARKS)) > limits.json_marks:
        findings.add(where, "JSON", f"{len(content)} bytes", f"more than {limits.json_marks} values")
        return None
    try:
        value: object = json.loads(
            content.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer
        )
    except RecursionError:
        findings.add(where, "JSON", "a document", f"nested deeper than {limits.json_depth}")
        return None
    except ValueError as error:
        findings.add(where, "JSON", "a document", str(error))
        return None
    if _is_deeper(value, limits.json_depth):
        findings.add(where, "JSON", "a document", f"nested deeper than {limits.json_depth}")
        return None
    if value is None:
        findings.add(where, "JSON", "null", "an object is asked for")
    return value


def member(values: Object, name: str, kind: Type[T], where: str, findings: Findings, required: bool = False) -> Optional[T]:
    """A member of a type; None if it is absent, a problem where it is `required`, or of another type, always a problem.

    A second name that differs in case only is a problem: Go's encoding/json, and so most readers, takes them for the same.
    """
    for other in values:
        if other != name and other.lower() == name.lower():
            findings.add(where, f"member {shown(other)}", "another member", f"the same as {name!r} for readers in Go")
    if name not in values:
        if required:
            findings.add(where, name, "nothing", f"{_KINDS[kind]} must be there")
        return None
    value = values[name]
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    findings.add(where, name, shown(value), f"{_KINDS[kind]} is asked for")
    return None


def strings(values: Object, name: str, where: str, findings: Findings) -> Dict[str, str]:
    """A member that maps strings to strings (annotations.md, "Rules"; config.md, "Labels"): those that are right."""
    found: Dict[str, str] = {}
    for key, value in (member(values, name, dict, where, findings) or {}).items():
        try:
            grammar.name(key)
            found[key] = grammar.text(value)
        except ValueError as error:
            findings.add(where, f"{name}[{shown(key)}]", shown(value), str(error))
    return found


def string_list(values: Object, name: str, where: str, findings: Findings) -> Tuple[str, ...]:
    """A member that is a list of strings which execve(2) can carry: those that are right."""
    found: List[str] = []
    for number, value in enumerate(member(values, name, list, where, findings) or []):
        try:
            found.append(grammar.text(value))
        except ValueError as error:
            findings.add(where, f"{name}[{number}]", shown(value), str(error))
    return tuple(found)


def _object(pairs: List[Tuple[str, object]]) -> Object:
    found = dict(pairs)
    if len(found) < len(pairs):
        left = Counter(name for name, _ in pairs)
        twice = next(name for name in left if left[name] > 1)
        raise ValueError(f"the key {shown(twice)} is there twice")
    return found


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


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
