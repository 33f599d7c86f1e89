"""Refuses to be loaded where Pants finds the backend twice: from a wheel and from a copied directory, or from two copies.

Only one of them runs, the first on the path, and nothing else would say which.
"""

from __future__ import annotations

import os
import sys
from typing import Dict, Iterable, List


def copies(path: Iterable[str]) -> List[str]:
    """The directories that hold the backend on a module search path, in its order; links to one directory count once."""
    found: Dict[str, str] = {}
    for entry in path:
        directory = os.path.join(entry or os.curdir, "scratch_image")
        if os.path.isfile(os.path.join(directory, "register.py")):
            found.setdefault(os.path.realpath(directory), os.path.abspath(directory))
    return list(found.values())


def refuse_a_second_copy() -> None:
    """Ends the program with a message if there are two copies.

    Pants shows an exception that a backend raises while it is loaded with a stack, unless its daemon runs; and a message of
    SystemExit only without the daemon. So the message is printed.
    """
    found = copies(sys.path)
    if len(found) > 1:
        print(
            f"scratch_image: expected one copy of the backend, found {' and '.join(found)}; "
            "remove `scratch-image-pants-plugin` from [GLOBAL].plugins, or the copied directory from [GLOBAL].pythonpath",
            file=sys.stderr,
            flush=True,
        )
        raise SystemExit(1)
