"""The command: `scratch-image diff BEFORE AFTER [--json]`, or `python -m scratch_image.compare`.

In: two images, each a directory with an OCI image layout, a tar archive of one, a directory that `package` wrote, or the
`image.json` in it. Out, on stdout: one line if they are equal, else why they differ, the most important reason first; or
the same as JSON. Exit status 0 if they are equal, 1 if they differ, 2 if that cannot be told.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from typing import List, Optional

from scratch_image.compare.compare import Comparison, compare
from scratch_image.compare.image import Side, read_side
from scratch_image.compare.show import lines, to_dict
from scratch_image.compare.source import opened
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.oci.text import printable

_OPERAND = "an OCI image layout, a tar archive of one, a directory that `package` wrote, or its image.json"


def main(args: Optional[List[str]] = None) -> int:
    """Runs the command, and returns its exit status."""
    parser = argparse.ArgumentParser(
        "scratch-image diff", description="Says why two images differ, the most important reason first."
    )
    parser.add_argument("before", metavar="BEFORE", help=_OPERAND)
    parser.add_argument("after", metavar="AFTER", help="another one")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args(args)
    try:
        comparison = compare_operands(options.before, options.after)
    except Unreadable as error:
        print(printable(str(error)), file=sys.stderr)
        return 2
    text = json.dumps(to_dict(comparison), indent=2, sort_keys=True) if options.json else "\n".join(lines(comparison))
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()
    return 0 if comparison.equal else 1


def compare_operands(before: str, after: str, limits: Limits = DEFAULT) -> Comparison:
    """Compares what two operands name. Raises Unreadable, which names the operand."""
    with ExitStack() as stack:
        sides = [_side(name, stack, limits) for name in (before, after)]
        try:
            return compare(*sides)
        except (OSError, Unreadable) as error:
            raise Unreadable(f"{before} and {after} cannot be compared: {error}") from error


def _side(name: str, stack: ExitStack, limits: Limits) -> Side:
    problems = Problems(limits.problems)
    try:
        return read_side(stack.enter_context(opened(name, problems, limits)), problems, limits)
    except (OSError, Unreadable) as error:
        raise Unreadable(f"{name}: {error}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
