"""The blame process: `python -m scratch_image.binary.blame_main FILE`.

In: any file. Out: its parts as JSON on stdout; or exit status 1 with a sentence on stderr. It uses the standard library
only, and runs only when it is asked for.
"""

from __future__ import annotations

import gc
import sys
from typing import List

from scratch_image.binary.blame import blame, to_json
from scratch_image.binary.mapped import answer


def main(args: List[str]) -> int:
    """Runs the process; returns its exit status."""
    # There are many small objects, and no cycles.
    gc.disable()
    return answer(args, lambda view: to_json(blame(view)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
