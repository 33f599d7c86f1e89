"""The facts process: `python -m scratch_image.binary FILE`.

In: any file. Out: its BinaryFacts as JSON on stdout; or exit status 1 with a sentence on stderr. It uses the standard
library only.
"""

from __future__ import annotations

import sys
from typing import List

from scratch_image.binary.mapped import mapped
from scratch_image.binary.read import read_facts


def main(args: List[str]) -> int:
    """Runs the process; returns its exit status."""
    (path,) = args
    try:
        with open(path, "rb") as file, mapped(file) as view:
            facts = read_facts(view)
    except OSError as error:
        print(f"the file could not be read: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(facts.to_json())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
