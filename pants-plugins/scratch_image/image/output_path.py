"""Which packages would overwrite each other in dist/. Pure.

Pants clears a package's directory before it writes it. Two packages that share a path, or of which one lies in the other,
therefore delete each other, depending on the order in which they are packaged.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Tuple, TypeVar

from scratch_image.oci import grammar
from scratch_image.oci.linux import NAME_MAX
from scratch_image.oci.text import has_control

Package = TypeVar("Package")


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


def conflicts(paths: Mapping[Package, str]) -> Dict[Package, Tuple[str, ...]]:
    """Package → path in; out: package → a sentence for each other one that it conflicts with. Linear in the components."""
    at: Dict[str, List[Package]] = {}
    for package, path in paths.items():
        at.setdefault(path, []).append(package)
    result: Dict[Package, List[str]] = {}
    for path, packages in at.items():
        for package in packages:
            for other in packages:
                if other != package:
                    result.setdefault(package, []).append(f"{path!r} is also where {other} is written")
        above = path
        while "/" in above:
            above = above.rpartition("/")[0]
            for outer in at.get(above, ()):
                for inner in packages:
                    result.setdefault(inner, []).append(f"{path!r} is inside {above!r}, where {outer} is written")
                    result.setdefault(outer, []).append(f"{above!r} is around {path!r}, where {inner} is written")
    return {package: tuple(sorted(sentences)) for package, sentences in result.items()}
