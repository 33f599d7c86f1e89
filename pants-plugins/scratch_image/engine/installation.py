"""Whether the backend can run where it was put: there is one copy of it, and Pants has what it needs."""

from __future__ import annotations

import logging
import os
import sys
from typing import Dict, Iterable, List, NoReturn

from pants.version import VERSION

logger = logging.getLogger(__name__)

# The versions of Pants on which all tests were run (docs/pants-versions.md). Their patch releases count as tried.
TRIED = ("2.17.1", "2.33.0")


def copies(path: Iterable[str]) -> List[str]:
    """The directories that hold the backend on a module search path, in its order; links to one directory count once."""
    found: Dict[str, str] = {}
    for entry in path:
        directory = os.path.join(entry or os.curdir, "scratch_image")
        if os.path.isfile(os.path.join(directory, "register.py")):
            found.setdefault(os.path.realpath(directory), os.path.abspath(directory))
    return list(found.values())


def refuse_a_second_copy() -> None:
    """Ends the program with a message if there are two copies, from a wheel and a directory or from two directories.

    Only the first on the path would run, and nothing else would say which.
    """
    found = copies(sys.path)
    if len(found) > 1:
        _refuse(
            f"expected one copy of the backend, found {' and '.join(found)}; "
            "remove `scratch-image-pants-plugin` from [GLOBAL].plugins, or the copied directory from [GLOBAL].pythonpath"
        )


def refuse_this_pants(error: ImportError) -> NoReturn:
    """Ends the program with a message if `error` is about a name that Pants lacks; raises any other error again."""
    if (error.name or "").partition(".")[0] != "pants":
        raise error
    missing = str(error).partition(" (")[0]
    _refuse(
        f"Pants {VERSION} lacks a name that the backend needs: {missing}; "
        f"set [GLOBAL].pants_version to {' or '.join(TRIED)}, or install a newer version of the backend"
    )


def warn_of_an_untried_pants() -> None:
    """Logs a warning if the backend was not tried on this version of Pants."""
    if _series(VERSION) not in map(_series, TRIED):
        logger.warning(
            f"scratch_image was tried on Pants {' and '.join(TRIED)}, not on {VERSION}; if anything goes wrong, tell its "
            "maintainers this version (docs/pants-versions.md has how to run the tests on it)"
        )


def _series(version: str) -> List[str]:
    """`2.33.0` → the series 2.33. A release candidate or development version of it counts."""
    return version.split(".")[:2]


def _refuse(reason: str) -> NoReturn:
    """Pants shows an exception that a backend raises while it is loaded with a stack, unless its daemon runs; and a message
    of SystemExit only without the daemon. So the message is printed."""
    print(f"scratch_image: {reason}", file=sys.stderr, flush=True)
    raise SystemExit(1)
