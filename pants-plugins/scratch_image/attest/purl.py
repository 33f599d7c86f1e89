"""Package URLs (package-url/purl-spec, PURL-SPECIFICATION.rst): what scanners match packages by. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

_EXAMPLE = "pkg:conan/zlib@1.3.1"
_TYPE = re.compile(r"[A-Za-z.+-][A-Za-z0-9.+-]*")
_QUALIFIER = re.compile(r"[a-z._-][a-z0-9._-]*=.+")
# What a component may hold without an escape: purl-spec, "Character encoding"; the colon is never escaped.
_SAFE = "-._~:"
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Types whose packages are named by the whole path.
_WHOLE = ("composer", "github", "golang", "npm", "swift")
_PLAIN = re.compile(r"[\x21-\x7e]+")


class Purl(NamedTuple):
    """A package URL that is valid: its `text`, the `name` that scanners know the package by, and the `version`, which may be
    empty; both without escapes."""

    text: str
    name: str
    version: str


def purl(kind: str, path: str, version: str = "") -> str:
    """The package URL of a type, a path with the name as its last component, and a version, as syft writes it; empty for a
    path without a name. What is empty between slashes is left out (purl-spec, "Rules for each purl component")."""
    escaped = "/".join(quote(part, safe=_SAFE) for part in path.split("/") if part)
    return f"pkg:{kind}/{escaped}{f'@{quote(version, safe=_SAFE)}' if version else ''}" if escaped else ""


def parse(text: str) -> Purl:
    """Reads a package URL. Raises ValueError with the cure."""
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() != "pkg":
        cure = f"write 'pkg:' before it: {f'pkg:{text}'!r}" if _is_meant(f"pkg:{text}") else f"for example {_EXAMPLE!r}"
        raise ValueError(f"{text!r} is not a valid package URL; {cure}")
    if scheme != "pkg":
        raise ValueError(f"{text!r} is not a valid package URL; its scheme is in lower case: {f'pkg:{rest}'!r}")
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"{text!r} is not a valid package URL; blanks and other characters are escaped: {_escaped(text)!r}")
    if _ESCAPE.search(text):
        raise ValueError(f"{text!r} is not a valid package URL; a '%' begins an escape of two digits, and stands as '%25'")
    kind, slash, path = rest.partition("#")[0].partition("?")[0].partition("/")
    if not slash or not _TYPE.fullmatch(kind):
        raise ValueError(f"{text!r} is not a valid package URL; write its type and its name: {_EXAMPLE!r}")
    if kind != kind.lower():
        raise ValueError(f"{text!r} is not a valid package URL; its type is in lower case: {kind.lower()!r}")
    whole, at, version = path.rpartition("@") if "@" in path.rpartition("/")[2] else (path, "", "")
    parts = whole.split("/")
    if not at and any("@" in part[1:] for part in parts):
        # Readers differ: 'x@1/2' is a version with a slash to some, and a name behind one to others.
        cure = "a '/' in a version stands as '%2F', and a '@' before the name as '%40'"
        raise ValueError(f"{text!r} is not a valid package URL; {cure}")
    if "" in parts or (at and not version):
        missing = "version behind '@'" if at and not version else "name" if not parts[-1] else "part between two slashes"
        raise ValueError(f"{text!r} is not a valid package URL; the {missing} is empty")
    _check_qualifiers(text, rest)
    return Purl(text, unquote("/".join(parts) if kind in _WHOLE else parts[-1]), unquote(version))


def _check_qualifiers(text: str, rest: str) -> None:
    before, _, _ = rest.partition("#")
    _, mark, qualifiers = before.partition("?")
    keys = [pair.partition("=")[0] for pair in qualifiers.split("&")]
    if mark and (not all(map(_QUALIFIER.fullmatch, qualifiers.split("&"))) or len(set(keys)) < len(keys)):
        raise ValueError(
            f"{text!r} is not a valid package URL; after '?' come qualifiers, each once: 'name=value', joined by '&'"
        )


def _is_meant(text: str) -> bool:
    try:
        return bool(parse(text))
    except ValueError:
        return False


def _escaped(text: str) -> str:
    return quote(text, safe="/@?=&#%+:._~-")
