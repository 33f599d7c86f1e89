"""The registries that a repository knows, from the option `[scratch-image].registries`, and those that a target names. Pure.

The option has the schema of `[docker].registries`, and beyond it how a client reaches a registry.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import List, Mapping, Optional, Tuple

from scratch_image.image.field_reader import FieldReader, Mistake
from scratch_image.oci import grammar, reference
from scratch_image.oci.suggest import did_you_mean
from scratch_image.oci.text import without_login, without_logins

# What the field `registries` may name for what it means if it is not set, as in `docker_image`.
ALL_DEFAULT = "<all default registries>"
OPTION = "option `[scratch-image].registries`"


@dataclass(frozen=True)
class Registry:
    """One registry of the option, or one that a target names by its address.

    `address` is a host, with a port and a prefix of its repositories' names if there are any. `alias` is its key in the
    option. A `default` one is meant by a target without the field `registries`; nothing is pushed to one with `skip_push`.
    `extra_image_tags` are added to a target's tags, and `repository` is a template that replaces the target's. With
    `use_local_alias`, archives also have names that begin with the alias. `insecure` is whether plain HTTP is used, None for
    HTTP to the loopback only. The files are paths of PEM files, absolute or from the repository's root. With `allow_private`
    a registry at a public address may direct us to private ones.
    """

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
    allow_private: bool = False

    @property
    def host(self) -> str:
        """The host, with the port if the address has one."""
        return self.address.partition("/")[0]

    @property
    def prefix(self) -> str:
        """The beginning of the names of all its repositories: empty, or a path with a slash at its end."""
        path = self.address.partition("/")[2]
        return f"{path}/" if path else ""


_KEYS = tuple(field.name for field in dataclasses.fields(Registry) if field.name != "alias")


def read_registries(option: Mapping[str, object]) -> Tuple[Tuple[Registry, ...], Tuple[Mistake, ...]]:
    """Reads the option: alias → values as written. Returns the registries, in its order, and every mistake in it."""
    registries: List[Registry] = []
    mistakes: List[Mistake] = []
    for alias, values in option.items():
        if isinstance(values, Mapping):
            registry, wrong = _read(alias, values)
            registries.append(registry)
            mistakes.extend(wrong)
        else:
            shown = without_logins(values)
            text = (
                f"expected a dict for {without_login(alias)!r}, got {shown!r}; for example {{'address': 'registry.example'}}"
            )
            mistakes.append(Mistake(OPTION, text))
    return tuple(registries), tuple(mistakes)


def chosen(read: FieldReader, configured: Tuple[Registry, ...]) -> Tuple[Registry, ...]:
    """The registries of the field `registries`, each once; if it is not set, the default ones."""
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
    groups = read.items("registries", one, '["registry.example"]')
    return tuple(dict.fromkeys(registry for group in groups for registry in group))


def _by_alias(alias: str, configured: Tuple[Registry, ...]) -> Registry:
    known = {registry.alias: registry for registry in configured}
    if alias in known:
        return known[alias]
    named = [name for name in known if without_login(name) == name]
    near = did_you_mean(alias, named, "add it to [scratch-image].registries", "'@{}'")
    raise ValueError(f"no registry has the alias {alias!r}; {near}")


def _read(alias: str, values: Mapping[str, object]) -> Tuple[Registry, List[Mistake]]:
    where = f"{OPTION}, {without_login(alias)!r}"
    mistakes = [
        Mistake(where, f"unknown key {without_logins(name)!r}; {did_you_mean(str(name), _KEYS)}")
        for name in values
        if name not in _KEYS
    ]
    read = FieldReader(values, hides_logins=True)
    registry = Registry(
        address=read.one("address", reference.registry, ""),
        alias=alias,
        default=read.one("default", grammar.boolean, alias == "default"),
        skip_push=read.one("skip_push", grammar.boolean, False),
        extra_image_tags=read.many("extra_image_tags", grammar.text, '["latest"]', in_order=True),
        repository=read.one("repository", grammar.text, None),
        use_local_alias=read.one("use_local_alias", grammar.boolean, False),
        insecure=read.one("insecure", grammar.boolean, None),
        ca_file=read.one("ca_file", grammar.text, None),
        client_certificate=read.one("client_certificate", grammar.text, None),
        client_key=read.one("client_key", grammar.text, None),
        allow_private=read.one("allow_private", grammar.boolean, False),
    )
    mistakes.extend(Mistake(f"{where}, {mistake.where.replace('field ', '')}", mistake.text) for mistake in read.mistakes)
    if "address" not in values:
        mistakes.append(Mistake(where, "it has no address; write {'address': 'registry.example'}"))
    if "client_key" in values and "client_certificate" not in values:
        mistakes.append(Mistake(where, "it has a `client_key` without a `client_certificate`; name both"))
    return registry, mistakes
