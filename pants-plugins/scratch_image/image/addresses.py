"""Addresses as a BUILD file has them: where they lead, and which existing one was likely meant. Pure.

Pants decides whether an address exists; this is for messages and for cycles, which are looked for without Pants.
"""

from __future__ import annotations

import difflib
import json
import posixpath
import re
from typing import Mapping, NamedTuple, Optional, Sequence, Tuple

_SHOWN = 5
# Characters of a text that a message repeats.
_LONGEST = 60
_NOTHING_NEAR = "there is no target in"


class Place(NamedTuple):
    """A target: the `directory` of its BUILD file, its `name`, and its parameters, sorted: `a=1,b=2`."""

    directory: str
    name: str
    parameters: str = ""


def place_of(text: str, directory: str) -> Optional[Place]:
    """The target that a text means in a BUILD file of `directory`, a generated one as its generator; None if the text is
    not an address."""
    path, colon, rest = text.strip().partition(":")
    if not colon:
        path, at, parameters = path.partition("@")
        rest = f"{path.partition('#')[0].rpartition('/')[2]}{at}{parameters}"
        path = path.partition("#")[0]
    if path.startswith("//"):
        path = path[2:]
    elif path.startswith("./"):
        path = "/".join(filter(None, (directory, path[2:])))
    elif not path:
        path = directory
    name, _, parameters = rest.partition("@")
    name = name.partition("#")[0]
    if not name or "/" in name or ":" in rest:
        return None
    return Place(path, name, ",".join(sorted(parameters.split(","))))


def cure(field: str, text: str, directory: str, known: Mapping[str, Sequence[str]]) -> str:
    """What to do about the address `text` in a field, if there is no such target: what near() says, and what else the text
    may be: the content of a file, or the path of one."""
    content = f"for a file with this text, write {_literal({'text': text})}"
    has_blank = re.search(r"\s", text.strip()) is not None
    if field == "files" and has_blank:
        return content
    cures = [near(text, directory, known)]
    is_open = ":" not in text and not has_blank and cures[0].startswith(_NOTHING_NEAR)
    if is_open and field == "files":
        cures.append(content)
    if is_open:
        path = text.strip().strip("/")
        name = posixpath.splitext(posixpath.basename(path))[0]
        target = f"file(name={_literal(name)}, source={_literal(posixpath.basename(path))})"
        cures.append(f"for a file of the repository, name a target of it: {target}")
    return "; ".join(cures)


def shortened(text: str) -> str:
    """The text, or its beginning if it is a long one."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _literal(value: object) -> str:
    """A value in the notation of a BUILD file, shortened."""
    shown = {key: shortened(item) for key, item in value.items()} if isinstance(value, dict) else shortened(str(value))
    text = json.dumps(shown, ensure_ascii=False)
    return text if text.isprintable() else repr(shown)


def near(text: str, directory: str, known: Mapping[str, Sequence[str]]) -> str:
    """What to do about an address that does not exist. `known` are directory → the names of its targets.

    A name nearly the same in the same directory; else the names there, if they are few; else the same or nearly the same
    name in a directory that is nearly the same, or in any.
    """
    wanted = place_of(text, directory)
    if wanted is None:
        return "write ':name' for a target of this BUILD file, or 'path/to/directory:name'"
    there = known.get(wanted.directory, ())
    if there:
        plain = sorted({name.partition("@")[0] for name in there})
        variants = [name for name in there if name.startswith(f"{wanted.name}@")]
        close = variants or difflib.get_close_matches(wanted.name, plain, 3)
        if close:
            return f"did you mean {_listed(text, directory, [(wanted.directory, name) for name in close])}?"
        more = f" and {len(plain) - _SHOWN} more" if len(plain) > _SHOWN else ""
        return f"choose from {_listed(text, directory, [(wanted.directory, name) for name in plain[:_SHOWN]])}{more}"
    return _elsewhere(text, directory, wanted, known)


def _elsewhere(text: str, directory: str, wanted: Place, known: Mapping[str, Sequence[str]]) -> str:
    same = [place for place, names in known.items() if wanted.name in names]
    close = difflib.get_close_matches(wanted.directory, same, 3) or (same if len(same) <= 3 else [])
    if close:
        return f"did you mean {_listed(text, directory, [(place, wanted.name) for place in close])}?"
    for place in difflib.get_close_matches(wanted.directory, [place for place, names in known.items() if names], 1):
        names = difflib.get_close_matches(wanted.name, known[place], 1) or sorted(known[place])[:1]
        return f"did you mean {_listed(text, directory, [(place, names[0])])}?"
    return f"{_NOTHING_NEAR} {wanted.directory or 'the root directory'}"


def _listed(text: str, directory: str, places: Sequence[Tuple[str, str]]) -> str:
    """Addresses for a BUILD file of `directory`, written as `text` is."""
    start = "//" if text.startswith("//") else ""
    short = not text.startswith("//")
    return " or ".join(
        repr(f":{name}" if short and place == directory else f"{start or ('' if place else '//')}{place}:{name}")
        for place, name in places
    )
