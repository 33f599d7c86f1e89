"""Whether what the image's configuration names can work: its command and its user."""

from __future__ import annotations

import re
import stat
from typing import Iterable, Iterator, Mapping

from scratch_image.checks.findings import Finding
from scratch_image.image.spec import ImageSpec
from scratch_image.runtime_files import catalog

# Rootless runtimes and user namespaces map the ids 0 to 65535 by default (subuid(5)).
_MAPPED_IDS = 65_536
_SHELLS = ("sh", "bash", "ash", "dash", "zsh")


def entrypoint(spec: ImageSpec, modes: Mapping[str, int]) -> Iterator[Finding]:
    """SR033. `modes` is what judge() takes."""
    program = spec.run.entrypoint[0]
    path = re.sub("/+", "/", program)
    if path == spec.binary_path:
        return
    mode = modes.get(path)
    is_directory = mode is not None and stat.S_ISDIR(mode)
    if mode is not None and mode & 0o111 and not is_directory:
        return
    if not program.startswith("/"):
        problem = ", which is not an absolute path: the runtime decides which program this is"
    elif is_directory or _is_above(path, (spec.binary_path, *modes)):
        problem = ", which is a directory"
    elif mode == stat.S_IFLNK:
        problem = ", a link that leads to no file in the image"
    elif mode is not None:
        problem = f", which is not executable (mode {stat.S_IMODE(mode):04o})"
    elif any(mode & 0o111 and not stat.S_ISDIR(mode) for mode in modes.values()):
        problem = ", which is not in the image"
    else:
        problem = f", but the only program in the image is {spec.binary_path}"
    is_shell = program.rpartition("/")[2] in _SHELLS
    fix = "start the program itself, without a shell" if is_shell else f"start it: entrypoint=[{spec.binary_path!r}, …]"
    yield Finding.of("SR033", f"`entrypoint` starts {program!r}{problem}", fix)


def _is_above(directory: str, paths: Iterable[str]) -> bool:
    return any(path.startswith(f"{directory.rstrip('/')}/") for path in paths)


def placeholders(spec: ImageSpec) -> Iterator[Finding]:
    """OI003."""
    for field, placeholder in spec.literal:
        yield Finding.of("OI003", f"field `{field}` has {placeholder}, which is not filled in, but written as it is")


def user(spec: ImageSpec, modes: Mapping[str, int]) -> Iterator[Finding]:
    """OI001. `modes` is what judge() takes."""
    user, _, group = (spec.run.user or "").partition(":")
    if user in ("", "root") or (user.isdigit() and int(user) == 0):
        text = "the program runs as root" if user else "the program runs as root, because `user` is empty"
        yield Finding.of("OI001", text, 'name an unprivileged user: user="65532:65532"', "info")
    for part, known, names in ((user, catalog.USERS, "/etc/passwd"), (group, catalog.GROUPS, "/etc/group")):
        if part.isdigit() and int(part) >= _MAPPED_IDS:
            text = f"user {spec.run.user}: user namespaces map ids below {_MAPPED_IDS} only, and rootless runtimes fail"
            yield Finding.of("OI001", text, f"use an id below {_MAPPED_IDS}")
        elif part and not part.isdigit() and names not in modes:
            if catalog.NONROOT in spec.runtime_files and part in known:
                continue
            text = f"user {spec.run.user}: nothing in the image says which id {part!r} has, and runtimes refuse to start it"
            fix = 'name the ids: user="65532:65532"'
            if part in known and not modes.keys() & {"/etc/passwd", "/etc/group"}:
                fix = catalog.field_line({*spec.runtime_files, catalog.NONROOT})
            yield Finding.of("OI001", text, fix, "error")
