"""The command: `python -m scratch_image.validate PATH… [--json] [--quick | --recompress]`.

In: directories with an OCI image layout, tar archives of one, directories that `package` wrote, or any with such directories
below them. Out: on stdout, the
problems, one on a line, and a summary for each layout or archive; or the results as JSON, by path. Exit status 0 if there is
no problem, 1 if there is, 2 if a path cannot be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Dict, List, Optional

from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.problems import Unreadable
from scratch_image.oci.output import written
from scratch_image.oci.text import printable
from scratch_image.validate.depth import Depth
from scratch_image.validate.package import check_path
from scratch_image.validate.result import ValidationResult


def main(args: Optional[List[str]] = None) -> int:
    """Runs the command, and returns its exit status."""
    parser = argparse.ArgumentParser(
        "scratch-image validate",
        description="Verifies OCI image layouts, archives and what `package` wrote: what they state is derived again.",
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="an OCI image layout, a tar archive of one, what `package` wrote, or a directory with such below it: dist",
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON, by path")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--quick",
        action="store_true",
        help="read documents only, and compare sizes: whether all that was written is there, which takes milliseconds",
    )
    how.add_argument(
        "--recompress", action="store_true", help="compress each layer again by the recipe that image.json names"
    )
    options = parser.parse_args(args)
    depth = Depth(options.quick, options.recompress)
    results: Dict[str, ValidationResult] = {}
    unreadable = False
    for path in options.paths:
        for where, outcome in check_path(path, DEFAULT, depth):
            if isinstance(outcome, Unreadable):
                print(printable(str(outcome)), file=sys.stderr, flush=True)
                unreadable = True
                continue
            results[where] = outcome
            if not options.json:
                _print("\n".join(f"{where}: {line}" for line in outcome.lines()))
    if options.json:
        _print(json.dumps({path: result.to_dict() for path, result in results.items()}, indent=2, sort_keys=True))
    return 2 if unreadable else 0 if all(result.ok for result in results.values()) else 1


def _print(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(written(main, "scratch-image validate"))
