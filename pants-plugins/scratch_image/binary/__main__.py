"""The facts process: `python -m scratch_image.binary FILE`.

In: any file. Out: its BinaryFacts as JSON on stdout; or exit status 1 with a sentence on stderr. It uses the standard
library only.
"""

from __future__ import annotations

import mmap
import os
import sys
from typing import List

from scratch_image.binary.read import read_facts


def main(args: List[str]) -> int:
    """Runs the process; returns its exit status."""
    (path,) = args
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                facts = read_facts(memoryview(b""))  # An empty file cannot be mapped.
            else:
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
                    facts = read_facts(view)
    except OSError as error:
        print(f"the file could not be read: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(facts.to_json())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
