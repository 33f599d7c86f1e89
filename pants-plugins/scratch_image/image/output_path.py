"""Which packages would overwrite each other in dist/. Pure.

Pants clears a package's directory before it writes it. Two packages that share a path, or of which one lies in the other,
therefore delete each other, depending on the order in which they are packaged.
"""

from __future__ import annotations

import posixpath
from typing import Dict, List, Mapping, Tuple, TypeVar

from scratch_image.oci import grammar, names
from scratch_image.oci.digest import Digest
from scratch_image.oci.invisible import cleaned, refuse_invisible
from scratch_image.oci.linux import NAME_MAX, PATH_MAX
from scratch_image.oci.numbers import counted

# The longest path that an image has below its own, and what is left to the directory that dist/ is in.
_LONGEST = len(f"/{names.LAYOUT}/{Digest('0' * 64).blob_path}")
_ABOVE = 1024
MOST_BYTES = PATH_MAX - 1 - _ABOVE - _LONGEST
_SHOWN = 40

Package = TypeVar("Package")


def output_path(value: object) -> str:
    """A path below dist/, relative and normalized. Raises ValueError with what was found and the cure."""
    path = grammar.text(value)
    components = path.split("/")
    refuse_invisible(path, _inside(cleaned(path)))
    if ".." in components:
        raise ValueError(f"{path!r} leads out of dist/, or out of a directory in it, with '..'; write {_inside(path)!r}")
    if path.startswith("/"):
        raise ValueError(f"{path!r} is absolute; write a path below dist/: {_inside(path)!r}")
    if path in (".", "./", ""):
        raise ValueError(f"{path!r} is dist/ itself, and the directory of an image is replaced; name one below it")
    if "." in components or "" in components:
        raise ValueError(f"{path!r} is not normalized; write {_inside(path)!r}, without '.', '//' and a slash at its end")
    if any(len(component.encode("utf-8")) > NAME_MAX for component in components):
        raise ValueError(f"{path!r} has a component of more than {NAME_MAX} bytes; shorten it")
    size = len(path.encode("utf-8"))
    if size > MOST_BYTES:
        raise ValueError(
            f"{path[:_SHOWN]!r}… has {counted(size, 'byte')}, and Linux would not take the paths of files below it; write "
            f"a path of at most {counted(MOST_BYTES, 'byte')}"
        )
    return path


def _inside(path: str) -> str:
    """A path below dist/ that is like another one, for a cure."""
    inside = posixpath.normpath(f"/{path.lstrip('/')}").lstrip("/")
    sizes = [len(component.encode("utf-8")) for component in inside.split("/")]
    is_too_long = max(sizes) > NAME_MAX or sum(sizes) + len(sizes) - 1 > MOST_BYTES
    return "images/hello" if not inside or is_too_long else inside


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
