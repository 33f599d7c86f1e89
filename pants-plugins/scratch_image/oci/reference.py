"""Names of images, as registries and container tools take them. Every function raises ValueError with what was found and
the cure.

Sources: distribution-spec 1.1, "Pulling manifests" (the grammar of names and tags); github.com/distribution/reference,
reference.go (255 bytes, what stands before the first slash) and normalize.go (`docker.io/library`).
"""

from __future__ import annotations

import re

from scratch_image.oci import grammar

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
# An address of IPv6 stands in brackets.
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_MAX_NAME = 255
_DOCKER_HUB = "docker.io"


def repository(value: object) -> str:
    """A repository's name in a registry: `team/hello`."""
    name = grammar.text(value)
    if len(name) > _MAX_NAME:
        raise ValueError(f"{name!r} has {len(name)} bytes; a repository's name has at most {_MAX_NAME}")
    if _REPOSITORY.fullmatch(name):
        return name
    wrong = next((part for part in name.split("/") if not re.fullmatch(_COMPONENT, part)), name)
    found = f"the part {wrong!r} of {name!r}" if wrong != name else repr(name)
    raise ValueError(
        f"{found} is not a repository's name; between slashes stand small letters and digits, with one of '.', '_', '__' or "
        "dashes between them: 'team/hello'"
    )


def tag(value: object) -> str:
    """A tag: `1.0`, `latest`."""
    name = grammar.text(value)
    if _TAG.fullmatch(name):
        return name
    raise ValueError(
        f"{name!r} is not a tag; write at most 128 letters, digits, '_', '.' and '-', the first of them neither '.' nor '-'"
    )


def registry(value: object) -> str:
    """A registry's host, with a port and the beginning of its repositories' names if there are any: `registry.example:5000`,
    `registry.example/team`. Hosts are names or addresses (RFC 3986, section 3.2.2)."""
    address = grammar.text(value)
    host, slash, path = address.partition("/")
    if "://" in address:
        raise ValueError(f"{address!r} has a scheme; write the host alone: {address.partition('://')[2]!r}")
    if not _HOST.fullmatch(host):
        raise ValueError(f"{address!r} is not the address of a registry; write a host and a port if it has one: 'host:5000'")
    if slash:
        repository(path)
    return address


def with_registry(name: str) -> str:
    """A name as it is where every name says its registry: `hello:1` is `docker.io/library/hello:1`."""
    first, slash, _ = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return name
    return f"{_DOCKER_HUB}/{name}" if slash else f"{_DOCKER_HUB}/library/{name}"
