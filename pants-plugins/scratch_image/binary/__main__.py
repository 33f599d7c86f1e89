"""The facts process: `python -m scratch_image.binary FILE`.

In: a file, whatever it holds. Out: its BinaryFacts as JSON on stdout. Exit status 1 with a sentence on stderr when it
can not be read. It uses the standard library only.
"""

from __future__ import annotations

import sys
from typing import List

from scratch_image.binary.facts import read_facts


def main(args: List[str]) -> int:
    (path,) = args
    try:
        with open(path, "rb") as file:
            facts = read_facts(file)
    except OSError as error:
        print(f"the file could not be read: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(facts.to_json())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
