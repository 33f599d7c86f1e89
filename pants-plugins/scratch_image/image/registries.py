"""The registries that a repository knows, from the option `[scratch-image].registries`, and those that a target names. Pure.

The option has the schema of `[docker].registries`, and what else a client must know: how to reach a registry.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Optional, Tuple

from scratch_image.image.field_reader import FieldReader, Mistake
from scratch_image.oci import grammar, reference

# What `registries` of a target may hold to say what it says if it is not set, as in `docker_image`.
ALL_DEFAULT = "<all default registries>"
OPTION = "option `[scratch-image].registries`"


@dataclass(frozen=True)
class Registry:
    """`address` is a host, with a port and the beginning of repositories' names if they have one. `repository` is a
    template. `insecure` is None where the address decides; the files are paths, from the repository's root or absolute."""

    address: str
    alias: str = ""
    default: bool = False
    skip_push: bool = False
    extra_image_tags: Tuple[str, ...] = ()
    repository: Optional[str] = None
    use_local_alias: bool = False
    insecure: Optional[bool] = None
    ca_file: Optional[str] = None
    client_certificate: Optional[str] = None
    client_key: Optional[str] = None

    @property
    def host(self) -> str:
        return self.address.partition("/")[0]

    @property
    def prefix(self) -> str:
        """What stands before the names of all its repositories: nothing, or a path with a slash at its end."""
        path = self.address.partition("/")[2]
        return f"{path}/" if path else ""


_MEMBERS: Dict[str, Callable[[object], object]] = {
    "address": reference.registry,
    "default": grammar.boolean,
    "skip_push": grammar.boolean,
    "repository": grammar.text,
    "use_local_alias": grammar.boolean,
    "insecure": grammar.boolean,
    "ca_file": grammar.text,
    "client_certificate": grammar.text,
    "client_key": grammar.text,
}


def read_registries(option: Mapping[str, object]) -> Tuple[Tuple[Registry, ...], Tuple[Mistake, ...]]:
    """The registries in the option, alias → values as written, in its order; and every mistake in it."""
    found: List[Registry] = []
    mistakes: List[Mistake] = []
    for alias, values in option.items():
        if not isinstance(values, Mapping):
            mistakes.append(Mistake(OPTION, f"{alias!r} is {values!r}; write {{'address': 'registry.example'}}"))
            continue
        registry, wrong = _read(alias, values)
        found.append(registry)
        mistakes.extend(wrong)
    return tuple(found), tuple(mistakes)


def chosen(read: FieldReader, configured: Tuple[Registry, ...]) -> Tuple[Registry, ...]:
    """The registries of the field `registries`, each once; those that are default where it is not set."""
    default = tuple(sorted((registry for registry in configured if registry.default), key=lambda each: each.address))

    def one(value: object) -> Tuple[Registry, ...]:
        text = grammar.text(value)
        if text == ALL_DEFAULT:
            return default
        if text.startswith("@"):
            return (_by_alias(text[1:], configured),)
        known = next((registry for registry in configured if registry.address == text), None)
        return (known or Registry(reference.registry(text)),)

    if not read.is_set("registries"):
        return default
    found = read.items("registries", one, (), "['@alias', 'registry.example']")
    return tuple(dict.fromkeys(registry for group in found for registry in group))


def _by_alias(alias: str, configured: Tuple[Registry, ...]) -> Registry:
    for registry in configured:
        if registry.alias == alias:
            return registry
    known = [registry.alias for registry in configured]
    near = difflib.get_close_matches(alias, known, 1)
    if near:
        raise ValueError(f"no registry has the alias {alias!r}; did you mean '@{near[0]}'?")
    raise ValueError(f"no registry has the alias {alias!r}; add it to [scratch-image].registries")


def _read(alias: str, values: Mapping[str, object]) -> Tuple[Registry, List[Mistake]]:
    where = f"{OPTION}, {alias!r}"
    mistakes = [Mistake(where, _unknown(name)) for name in values if name not in (*_MEMBERS, "extra_image_tags")]
    read = FieldReader(values)
    found = {name: read.one(name, parse, None) for name, parse in _MEMBERS.items() if read.is_set(name)}
    tags = read.many("extra_image_tags", grammar.text, "['latest']", in_order=True)
    mistakes.extend(Mistake(f"{where}, {mistake.where.replace('field ', '')}", mistake.text) for mistake in read.mistakes)
    if "address" not in values:
        mistakes.append(Mistake(where, "it has no address; write {'address': 'registry.example'}"))
    if ("client_key" in values) and "client_certificate" not in values:
        mistakes.append(Mistake(where, "it has a `client_key` without a `client_certificate`; name both"))
    known = {"address": "", "default": alias == "default", **found}
    return Registry(alias=alias, extra_image_tags=tags, **known), mistakes  # type: ignore[arg-type]


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, (*_MEMBERS, "extra_image_tags"), 1)
    cure = f"did you mean {near[0]!r}?" if near else f"there are {', '.join((*_MEMBERS, 'extra_image_tags'))}"
    return f"it has an unknown member {name!r}; {cure}"
