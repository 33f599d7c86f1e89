"""From the fields `commands`, `service`, `read_only` and `restricted` of a `scratch_image_test` to RunExpectations. Pure."""

from __future__ import annotations

import re
from typing import Callable, Dict, Optional, Tuple

from scratch_image.image.field_reader import FieldReader
from scratch_image.oci import grammar
from scratch_image.oci.suggest import did_you_mean
from scratch_image.structure.runs import CommandExpectation, RunExpectations, ServiceExpectation

Parse = Callable[[object], object]
FIELDS = ("commands", "service")
_LONGEST = 600


def read_runs(read: FieldReader, image: str, platform: Optional[str]) -> RunExpectations:
    """Reads the fields; what is wrong is a mistake of `read`."""
    commands = []
    for number, item in enumerate(read.items("commands", _any, "[{'args': ['--version']}]"), 1):
        values = _members(f"field `commands`, item {number}", item[0], _COMMAND, "{'args': ['--version']}", read)
        for name in ("stdout", "stderr"):
            if name in values and f"{name}_matches" in values:
                read.mistake(f"field `commands`, item {number}", f"it has both {name!r} and '{name}_matches'; write one")
        commands.append(CommandExpectation(**values))  # type: ignore[arg-type]
    service = None
    if read.is_set("service"):
        where = "field `service`"
        nothing: Tuple[object] = (None,)
        (value,) = read.one("service", _any, nothing)
        values = _members(where, value, _SERVICE, "{'port': 8080, 'path': '/healthz'}", read)
        if "port" in values:
            service = ServiceExpectation(**values)  # type: ignore[arg-type]
        elif isinstance(value, dict) and "port" not in value:
            read.mistake(where, "it has no 'port'; write the TCP port that the program listens on: {'port': 8080}")
    flags = {name: read.one(name, grammar.boolean, False) for name in ("read_only", "restricted")}
    for name, is_set in flags.items():
        if is_set and not any(read.is_set(field) for field in FIELDS):
            read.mistake(f"field `{name}`", "nothing is run; set `commands` or `service`")
    return RunExpectations(image, platform, tuple(commands), service, **flags)


def _members(where: str, value: object, parsers: Dict[str, Parse], example: str, read: FieldReader) -> Dict[str, object]:
    if not isinstance(value, dict):
        read.mistake(where, f"{value!r} is not a dict; write {example}")
        return {}
    found: Dict[str, object] = {}
    for key, item in value.items():
        if key not in parsers:
            read.mistake(where, f"{key!r} is not a valid key; {did_you_mean(str(key).lower(), tuple(parsers))}")
            continue
        parsed = read.parsed(f"{where}, key {key!r}", parsers[key], item, None)
        if parsed is not None:
            found[key] = parsed
    return found


def _any(value: object) -> Tuple[object]:
    return (value,)


def _arguments(value: object) -> Tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list; write one: ['--version']")
    return tuple(map(grammar.text, value))


def _environment(value: object) -> Tuple[Tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is not a dict; write {{'NAME': 'value'}}")
    return tuple(sorted((grammar.variable(name), grammar.text(item)) for name, item in value.items()))


def _expression(value: object) -> str:
    text = grammar.text(value)
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a valid regular expression: {error}") from None
    return text


def _number(least: int, most: int, what: str) -> Parse:
    def parse(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"{value!r} is not a valid {what}; write a whole number from {least} to {most}")
        return value

    return parse


def _path(value: object) -> str:
    path = grammar.text(value)
    if not re.fullmatch(r"/[!-~]*", path):
        raise ValueError(f"{path!r} is not a valid path of a request; write one that starts with '/': '/healthz'")
    return path


_SECONDS = _number(1, _LONGEST, "number of seconds")
_COMMAND: Dict[str, Parse] = {
    "args": _arguments,
    "env": _environment,
    "stdin": grammar.text,
    "exit_code": _number(0, 255, "exit code"),
    "stdout": grammar.text,
    "stderr": grammar.text,
    "stdout_matches": _expression,
    "stderr_matches": _expression,
    "timeout": _SECONDS,
}
_SERVICE: Dict[str, Parse] = {
    "args": _arguments,
    "env": _environment,
    "port": _number(1, 65535, "port"),
    "path": _path,
    "status": _number(100, 599, "status"),
    "within": _SECONDS,
    "stop_within": _SECONDS,
}
