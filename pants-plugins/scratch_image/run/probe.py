"""The probe process: `python -m scratch_image.run.probe`. Out: the rung that this machine allows, and its CPU as `uname -m`
names it, on one line each; or nothing but the reason, with exit status 1."""

from __future__ import annotations

import os
import sys
from typing import List

from scratch_image.run.errors import NotRun
from scratch_image.run.machine import check_system


def main(_: List[str]) -> int:
    """Runs the process, and returns its exit status."""
    try:
        check_system()
        from scratch_image.run.rungs import choose

        print(choose(own_network=True))
    except NotRun as error:
        print(error)
        return 1
    print(os.uname().machine)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
