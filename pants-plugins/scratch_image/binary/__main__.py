"""The facts process: `python -m scratch_image.binary FILE`.

In: any file. Out: its BinaryFacts as JSON on stdout; or exit status 1 with a sentence on stderr. It uses the standard
library only.
"""

from __future__ import annotations

import sys
from typing import List

from scratch_image.binary.mapped import answer
from scratch_image.binary.read import read_facts


def main(args: List[str]) -> int:
    """Runs the process; returns its exit status."""
    return answer(args, lambda view: read_facts(view).to_json())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
