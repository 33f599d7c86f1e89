"""The blame process: `python -m scratch_image.binary.blame_main FILE`.

In: any file. Out: its parts as JSON on stdout; or exit status 1 with a sentence on stderr. It uses the standard library
only, and runs only when it is asked for.
"""

from __future__ import annotations

import gc
import sys
from typing import List

from scratch_image.binary.blame import blame, to_json
from scratch_image.binary.mapped import mapped


def main(args: List[str]) -> int:
    """Runs the process; returns its exit status."""
    (path,) = args
    # There are many small objects, and no cycles.
    gc.disable()
    try:
        with open(path, "rb") as file, mapped(file) as view:
            parts = blame(view)
    except OSError as error:
        print(f"the file could not be read: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(to_json(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
