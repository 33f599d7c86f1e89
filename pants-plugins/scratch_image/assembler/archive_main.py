"""The archive process: `python -m scratch_image.assembler.archive_main PLAN ARCHIVE`.

In: the path of an ArchivePlan, and its files in the working directory. Out: the archive; or exit status 1 with a sentence
on stderr.
"""

from __future__ import annotations

import sys
from typing import List

from scratch_image.assembler.archive import write_archive
from scratch_image.assembler.archive_plan import ArchivePlan
from scratch_image.oci.tar import ContentChanged


def main(args: List[str]) -> int:
    """Runs the process; returns its exit status."""
    plan_path, archive = args
    with open(plan_path, "rb") as file:
        plan = ArchivePlan.from_json(file.read())
    try:
        write_archive(plan, ".", archive)
    except (ContentChanged, OSError) as error:
        print(f"the archive could not be written: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
