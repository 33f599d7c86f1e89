"""The images below a directory such as `dist/`: what `package` wrote for an image, or an OCI image layout."""

from __future__ import annotations

import os
from typing import List

from scratch_image.layout.problems import Unreadable
from scratch_image.oci.names import ARCHIVE, INDEX, LAYOUT, MARKER, REPORT

# Entries of directories that are looked at.
_MOST = 1_000_000
_MOST_FOR_A_CURE = 100_000
_SHOWN = 5


def is_image(path: str) -> bool:
    """Whether a path is more than a directory that may have images below it: a file, a layout, or written by `package`."""
    parts = (MARKER, INDEX, REPORT, LAYOUT, ARCHIVE)
    return not os.path.isdir(path) or any(os.path.lexists(os.path.join(path, part)) for part in parts)


def named_below(path: str) -> str:
    """What to do where a directory is named that is no image: the images below it. Empty if there are none, or if it cannot
    be looked through: that would hide what is wrong."""
    try:
        below = images_below(path, _MOST_FOR_A_CURE)
    except (OSError, Unreadable):
        return ""
    more = f" and {len(below) - _SHOWN} more" if len(below) > _SHOWN else ""
    return f"name one of the images below it: {', '.join(below[:_SHOWN])}{more}" if below else ""


def images_below(path: str, most: int = _MOST) -> List[str]:
    """The directories with an image, sorted; links are not followed, and no image is looked for in another. An `image.tar`
    alone may be of another target. Raises OSError, and Unreadable where there are too many entries."""
    found: List[str] = []

    def give_up(error: OSError) -> None:
        raise error

    for directory, directories, files in os.walk(path, onerror=give_up):
        most -= len(directories) + len(files)
        if most < 0:
            raise Unreadable(f"{path}: there are too many files to look for images below it; name the directory of an image")
        inside = os.path.join(directory, LAYOUT)
        is_cut_short = LAYOUT in directories and any(
            os.path.lexists(os.path.join(inside, part)) for part in (MARKER, "blobs")
        )
        if MARKER in files or REPORT in files or is_cut_short:
            found.append(directory)
            directories.clear()
    return sorted(found)
