"""Texts that take values from declared environment variables, `{env.GIT_SHA}`, and from the place of a target. Pure."""

from __future__ import annotations

import re
from typing import Callable, Iterator, List, Mapping, Sequence, Tuple

from scratch_image.oci import grammar
from scratch_image.oci.suggest import did_you_mean

_VARIABLE = re.compile(r"\{env\.([A-Za-z_][A-Za-z0-9_]*)\}")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


# What fills in, or looks as if it did.
_LIKELY = re.compile(r"\{\s*(?:env\s*[.:][^{}]*|pants\.hash|digest_short)\}", re.IGNORECASE)
# Fields that refuse placeholders which they do not fill in, and fields of which only values are filled in.
_STRICT, _VALUES = ("repository", "image_tags"), ("image_labels", "annotations")


def literal(fields: Mapping[str, object]) -> Tuple[Tuple[str, str], ...]:
    """(field, placeholder) of each placeholder that is written as it is, because it is where nothing is filled in, or is
    misspelt. `fields` are name → value as written."""
    found: List[Tuple[str, str]] = []
    for field, value in fields.items():
        for text, is_filled in _texts(value, field in _VALUES) if field not in _STRICT else ():
            likely = (match[0] for match in _LIKELY.finditer(text))
            found.extend((field, each) for each in likely if not (is_filled and _VARIABLE.fullmatch(each)))
    return tuple(dict.fromkeys(found))


def _texts(value: object, is_filled: bool = False) -> Iterator[Tuple[str, bool]]:
    """All strings in a value, each with whether it is filled in: the values of a dict are, if `is_filled`."""
    if isinstance(value, str):
        yield value, False
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from ((text, is_filled) for text, _ in _texts(item))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def filled(declared: Sequence[str], values: Mapping[str, str]) -> Callable[[object], str]:
    """A function that fills texts in. `declared` are the names in the option `[scratch-image].env_vars`, `values` those that
    are set. The function raises ValueError for a variable that is not declared or not set. Other braces mean nothing."""

    def fill(value: object) -> str:
        return _VARIABLE.sub(lambda match: _value(match[1], declared, values), grammar.text(value))

    return fill


def expanded(
    template: object, known: Mapping[str, str], declared: Sequence[str], values: Mapping[str, str], stand_in: str = ""
) -> str:
    """A name with its placeholders filled in: those of `known`, and variables as in filled(). A `stand_in`, if it is not
    empty, is the value of every declared variable. Raises ValueError, also for every other brace."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in known:
            return known[name]
        if not _VARIABLE.fullmatch(match[0]):
            every = (*known, *(f"env.{variable}" for variable in declared))
            choices = ", ".join(f"{{{each}}}" for each in every)
            raise ValueError(
                f"unknown placeholder {match[0]}; {did_you_mean(name, every, f'choose from {choices}', '{{{}}}')}"
            )
        variable = match[1][len("env.") :]
        return _value(variable, declared, {variable: stand_in} if stand_in else values)

    return _PLACEHOLDER.sub(value, grammar.text(template))


def _value(name: str, declared: Sequence[str], values: Mapping[str, str]) -> str:
    if name not in declared:
        near = did_you_mean(name, declared, f"add it to [scratch-image].env_vars: [{name!r}]", "{}")
        raise ValueError(f"the environment variable {name} is not declared; {near}")
    if name not in values:
        cure = f"set it in the environment of Pants, or write '{name}=…' in [scratch-image].env_vars"
        raise ValueError(f"the environment variable {name} is not set; {cure}")
    return values[name]
