"""Files that a command writes at the names its user gave: whole or not at all, and never in the place of what it reads."""

from __future__ import annotations

import os
import stat
import tempfile
from typing import Dict, List, Mapping, Sequence, Tuple

from scratch_image.oci.invisible import invisible, visible


def refuse_overwriting(outputs: Mapping[str, str], inputs: Sequence[str]) -> None:
    """Raises ValueError if two outputs are one file, or one is an input. In: option → path, and paths."""
    seen: Dict[str, str] = {}
    for option, path in outputs.items():
        if not path:
            raise ValueError(f"{option}: the name of the file is empty")
        real = os.path.realpath(path)
        if real in seen and not _is_special(path):
            raise ValueError(f"{path}: {seen[real]} and {option} are the same file; name two")
        seen[real] = option
        for name in inputs:
            other = os.path.realpath(name)
            if real == other or real.startswith(f"{other}{os.sep}"):
                raise ValueError(f"{path}: {option} would write into the image {name}; name a file elsewhere")


def in_repository(path: str) -> str:
    """A file's path relative to the root of a repository, without `./` in front. Raises ValueError with a sentence that
    begins with the path."""
    relative = path
    while relative.startswith("./"):
        relative = relative[2:].lstrip("/")
    parts = relative.split("/")
    why = ""
    if invisible(path):
        raise ValueError(f"{visible(path)} contains {invisible(path)}, which cannot be seen")
    if not relative or relative.endswith("/") or parts[-1] == ".":
        why = "names no file; write the path of one, such as 'dist/images.html'"
    elif relative.startswith("/"):
        why = "is absolute; write it relative to the root of the repository"
    elif ".." in parts:
        why = "may lead out of the repository, because of '..'; write it relative to the root of the repository"
    elif "\\" in relative:
        why = "has a backslash; separate directories by '/'"
    elif "" in parts or "." in parts:
        inside = "/".join(part for part in parts if part not in ("", "."))
        why = f"is not normalized; write {inside!r}"
    if why:
        raise ValueError(f"{path!r} {why}")
    return relative


def refuse_occupied(root: str, path: str) -> None:
    """Raises ValueError, with a sentence that begins with the path, if no file can be at a path relative to `root`."""
    where = root
    for part in path.split("/")[:-1]:
        where = os.path.join(where, part)
        if os.path.lexists(where) and not os.path.isdir(where):
            raise ValueError(f"{path!r} cannot be written: {os.path.relpath(where, root)} is a file, and no directory")
    if os.path.isdir(os.path.join(root, path)):
        raise ValueError(f"{path!r} is a directory; name a file in it, such as '{path}/images.html'")


def write(files: Mapping[str, str]) -> None:
    """Writes path → text, as UTF-8. None of the files is written unless all can be. Raises OSError, whose `filename` is a
    path of `files`."""
    ready: List[Tuple[str, str]] = []
    try:
        for path, content in files.items():
            try:
                ready.append((_written(path, content.encode("utf-8", "backslashreplace")), path))
            except OSError as error:
                raise OSError(error.errno, error.strerror, path) from None
        while ready:
            temporary, path = ready[0]
            if temporary:
                os.replace(temporary, os.path.realpath(path))
            del ready[0]
    finally:
        for temporary, _ in ready:
            if temporary:
                os.unlink(temporary)


def _written(path: str, content: bytes) -> str:
    """The name of a file beside the path's that has the content; empty if what is there, such as a pipe, has taken it."""
    if os.path.isdir(path):
        raise IsADirectoryError(21, "Is a directory", path)
    if _is_special(path):
        with open(path, "wb") as file:
            file.write(content)
        return ""
    handle, temporary = tempfile.mkstemp(prefix=".scratch-image-", dir=os.path.dirname(os.path.realpath(path)))
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _is_special(path: str) -> bool:
    return os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode)
