"""Which packages would overwrite each other in dist/. Pure.

Pants clears a package's directory before it writes it. Two packages that share a path, or of which one lies in the other,
therefore delete each other, depending on the order in which they are packaged.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Tuple, TypeVar

from scratch_image.oci import grammar
from scratch_image.oci.linux import NAME_MAX
from scratch_image.oci.text import has_control

Owner = TypeVar("Owner")


def output_path(value: object) -> str:
    """A path below dist/, relative and normalized. Raises ValueError with what was found and the cure."""
    path = grammar.text(value)
    components = path.split("/")
    if ".." in components:
        raise ValueError(f"{path!r} leads out of dist/ with '..'; write a path below dist/")
    if path.startswith("/"):
        raise ValueError(f"{path!r} is absolute; write a path below dist/: {path.strip('/') or 'images/hello'!r}")
    if path in (".", "./", ""):
        raise ValueError(f"{path!r} is dist/ itself, and the directory of an image is replaced; name one below it")
    if "." in components or "" in components:
        raise ValueError(f"{path!r} is not normalized; write it without '.', '//' and a slash at its end")
    if any(len(component.encode("utf-8")) > NAME_MAX for component in components):
        raise ValueError(f"{path!r} has a component of more than {NAME_MAX} bytes; shorten it")
    if has_control(path):
        raise ValueError(f"{path!r} contains a control character; remove it")
    return path


def conflicts(paths: Mapping[Owner, str]) -> Dict[Owner, Tuple[str, ...]]:
    """Owner → path in; out: owner → a sentence for each package it conflicts with. Linear in the number of components."""
    at: Dict[str, List[Owner]] = {}
    for owner, path in paths.items():
        at.setdefault(path, []).append(owner)
    result: Dict[Owner, List[str]] = {}
    for path, owners in at.items():
        for owner in owners:
            for other in owners:
                if other != owner:
                    result.setdefault(owner, []).append(f"{path!r} is also where {other} is written")
        above = path
        while "/" in above:
            above = above.rpartition("/")[0]
            for outer in at.get(above, ()):
                for inner in owners:
                    result.setdefault(inner, []).append(f"{path!r} is inside {above!r}, where {outer} is written")
                    result.setdefault(outer, []).append(f"{above!r} is around {path!r}, where {inner} is written")
    return {owner: tuple(sorted(sentences)) for owner, sentences in result.items()}
