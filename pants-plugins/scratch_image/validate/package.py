"""All that `package` wrote for one image: the layout, the archive if there is one, and the report on both."""

from __future__ import annotations

import os
import stat
from typing import Tuple

from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Report, Unreadable
from scratch_image.validate.check import check, check_archive, check_layout
from scratch_image.validate.image_json import NAME as IMAGE_JSON

_LAYOUT, _ARCHIVE = "oci", "image.tar"


def check_path(path: str, limits: Limits = DEFAULT) -> Tuple[Tuple[str, Report], ...]:
    """(path, report) of the layout or archive at a path, or of both in a directory that `package` wrote. Raises Unreadable,
    and nothing else."""
    if not os.path.lexists(os.path.join(path, IMAGE_JSON)):
        return ((path, check(path, limits)),)
    report = _read(os.path.join(path, IMAGE_JSON), limits)
    layout, archive = (os.path.join(path, name) for name in (_LAYOUT, _ARCHIVE))
    found = [(layout, check_layout(layout, limits, report))]
    if os.path.lexists(archive):
        found.append((archive, check_archive(archive, limits, report)))
    return tuple(found)


def _read(path: str, limits: Limits) -> bytes:
    try:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable(f"{path} is not a file")
            content = file.read(limits.json + 1)
    except OSError as error:
        raise Unreadable(f"{path}: {error}") from error
    if len(content) > limits.json:
        raise Unreadable(f"{path} has more than the {limits.json} bytes that are read")
    return content
