"""The grammar of paths in an image, as fields and configurations have them. Pure.

As in grammar.py, every function takes a value as a BUILD file has it and raises ValueError with what was found and the cure.
"""

from __future__ import annotations

import posixpath
import re

from scratch_image.oci import grammar
from scratch_image.oci.invisible import cleaned, refuse_invisible
from scratch_image.oci.linux import NAME_MAX, PATH_MAX

# What a shell fills in at the start of a path.
_OF_A_SHELL = ("~", "$")
# Blanks at the ends of a component, and the beginning that layers reserve.
_NOT_IN_A_NAME = re.compile(r"^(?:\s|\.wh\.)+|\s+$")


def absolute_path(value: object, example: str = "/app", keeps_slash: bool = False) -> str:
    """An absolute path in the image, without `.`, `..`, empty components or what cannot be seen. `example` is one that the
    caller takes, for the cure, and `keeps_slash` whether a slash at the end says something to the caller."""
    path = grammar.text(value)
    meant = path_like(path, example, keeps_slash)
    refuse_invisible(path, meant)
    if not path:
        raise ValueError(f"it is empty; write an absolute path: {example!r}")
    components = path.split("/")
    if any(component != component.strip() for component in components):
        raise ValueError(f"{path!r} has a component with a blank at one of its ends; write {meant!r}")
    if path[0] != "/":
        raise ValueError(f"{path!r} is relative; a path in the image starts with '/': {meant!r}")
    refuse_unresolved(path, meant)
    return path


def refuse_unresolved(path: str, meant: str = "") -> None:
    """Raises ValueError for an absolute path with `.`, `..` or empty components, or that Linux does not take (limits.h).
    `meant` is the cure, by default the path that it leads to."""
    components = path.split("/")
    meant = meant or path_like(path)
    if path != "/" and ("." in components or ".." in components):
        raise ValueError(f"{path!r} contains '.' or '..'; write the path it resolves to: {meant!r}")
    if path != "/" and "" in components[1:-1]:
        raise ValueError(f"{path!r} contains '//'; write it with single slashes: {meant!r}")
    if _is_too_long(path):
        raise ValueError(f"{path!r} is too long; Linux allows {NAME_MAX} bytes per component and {PATH_MAX - 1} in all")


def _is_too_long(path: str) -> bool:
    return len(path.encode("utf-8")) >= PATH_MAX or any(len(part.encode("utf-8")) > NAME_MAX for part in path.split("/"))


def path_like(path: str, example: str = "/app", keeps_slash: bool = False) -> str:
    """The absolute path that a path leads to without what is refused, for a cure; the example if none is left."""
    if path.startswith(_OF_A_SHELL):
        return example
    components = (_NOT_IN_A_NAME.sub("", part) for part in cleaned(path).split("/"))
    resolved = posixpath.normpath(f"/{'/'.join(components).lstrip('/')}")
    if resolved == "/" or _is_too_long(f"{resolved}/"):
        return example
    return f"{resolved}/" if keeps_slash and path.endswith("/") else resolved


def directory_path(value: object) -> str:
    """The absolute path of a working directory; a slash at its end is dropped."""
    return absolute_path(value, "/").rstrip("/") or "/"


def volume(value: object) -> str:
    """A mount point: an absolute path other than `/`."""
    path = absolute_path(value, "/data").rstrip("/")
    if not path:
        raise ValueError("'/' is the whole image and cannot be a volume; name a directory below it: '/data'")
    refuse_whiteout(path)
    return path


def file_path(value: object) -> str:
    """The absolute path of a program in a layer."""
    path = absolute_path(value, "/app")
    if path == "/":
        raise ValueError("'/' is the root, not a file; name a file in it: '/app'")
    if path.endswith("/"):
        raise ValueError(f"{path!r} ends in '/', as a directory does; name the file: {path_like(path + 'app')!r}")
    refuse_whiteout(path)
    return path


def refuse_whiteout(path: str) -> None:
    """Raises ValueError for a name that layers reserve, `.wh.` (image-spec 1.1, layer.md, "Whiteouts")."""
    if any(component.startswith(".wh.") for component in path.split("/")):
        raise ValueError(f"{path!r} has a component that starts with '.wh.', which deletes files in a layer; rename it")
