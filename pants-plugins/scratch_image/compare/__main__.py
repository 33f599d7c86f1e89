"""The command: `scratch-image diff BEFORE AFTER [--json] [--html FILE]`, or `python -m scratch_image.compare`.

In: two images, each a directory with an OCI image layout, a tar archive of one, a directory that `package` wrote, the
`image.json` in it, or a name in a registry. Out, on stdout: one line if they are equal, else why they differ, the most
important reason first; or the same as JSON. `--html` also writes a page with pictures of both. Exit status 0 if they are
equal, 1 if they differ, 2 if that cannot be told.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import ExitStack, contextmanager
from typing import ContextManager, Iterator, List, Optional, Tuple

from scratch_image.compare import output, remote
from scratch_image.compare.compare import Comparison, compare
from scratch_image.compare.image import Side, read_side
from scratch_image.compare.pair_page import pair_page
from scratch_image.compare.read_shown import shown_of
from scratch_image.compare.show import lines, to_dict
from scratch_image.compare.shown import Shown
from scratch_image.compare.source import Source, opened
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable, reason
from scratch_image.oci.invisible import escaped
from scratch_image.oci.output import written
from scratch_image.oci.text import without_login

_OPERAND = (
    "an OCI image layout, a tar archive of one, a directory that `package` wrote, its image.json, or the name of an image "
    "in a registry, with the registry"
)
# What begins so is a path, whether or not it is there.
_PATHS = ("/", "./", "../")


def main(args: Optional[List[str]] = None) -> int:
    """Runs the command, and returns its exit status."""
    parser = argparse.ArgumentParser(
        "scratch-image diff", description="Says why two images differ, the most important reason first."
    )
    parser.add_argument("before", metavar="BEFORE", help=_OPERAND)
    parser.add_argument("after", metavar="AFTER", help="another one")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--html", metavar="FILE", help="also write a page with both side by side, for which all is read")
    parser.add_argument("--insecure", action="store_true", help="reach registries by plain HTTP, as on this machine")
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS", help="for registries; default 600")
    options = parser.parse_args(args)
    outputs = {"--html": options.html} if options.html is not None else {}
    try:
        output.refuse_overwriting(outputs, (options.before, options.after))
        with _sides(options.before, options.after, DEFAULT, options.insecure, options.timeout) as sides:
            comparison = _compared(sides)
            output.write({path: _page(comparison, sides) for path in outputs.values()})
    except (Unreadable, ValueError) as error:
        print("\n".join(map(escaped, str(error).split("\n"))), file=sys.stderr)
        return 2
    except OSError as error:
        print(escaped(f"{options.html}: {error.strerror or error}"), file=sys.stderr)
        return 2
    text = json.dumps(to_dict(comparison), indent=2, sort_keys=True) if options.json else "\n".join(lines(comparison))
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()
    return 0 if comparison.equal else 1


def compare_operands(
    before: str, after: str, limits: Limits = DEFAULT, *, insecure: bool = False, timeout: float = 600.0
) -> Comparison:
    """Compares what two operands name; the rest is for registries. Raises Unreadable, which names the operand."""
    with _sides(before, after, limits, insecure, timeout) as sides:
        return _compared(sides)


@contextmanager
def _sides(before: str, after: str, limits: Limits, insecure: bool, timeout: float) -> Iterator[Tuple[Side, Side]]:
    """Both sides, while what they are read from is open. Raises Unreadable."""
    with ExitStack() as stack:
        found = []
        for name in (before, after):
            problems = Problems(limits.problems)
            source = _opened(name, problems, limits, insecure, timeout)
            found.append(_side(name, stack, source, problems, limits))
        yield found[0], found[1]


def _compared(sides: Tuple[Side, Side]) -> Comparison:
    try:
        return compare(*sides)
    except (OSError, Unreadable) as error:
        raise Unreadable(f"{sides[0].name} and {sides[1].name} cannot be compared: {reason(error, '')}") from error


def _page(comparison: Comparison, sides: Tuple[Side, Side]) -> str:
    """The page about both, without pictures if one of them has no layers. Raises Unreadable."""
    shown: List[Optional[Shown]] = []
    for side in sides:
        try:
            shown.append(shown_of(side) if side.blobs else None)
        except (OSError, Unreadable) as error:
            raise Unreadable(f"{side.name} cannot be shown: {reason(error, side.name)}") from error
    return pair_page(comparison, *shown)


def _opened(name: str, problems: Problems, limits: Limits, insecure: bool, timeout: float) -> ContextManager[Source]:
    """Tells a path from a name in a registry. No other place does."""
    if _is_path(name):
        return opened(name, problems, limits)
    return remote.opened(name, limits, insecure=insecure, timeout=timeout)


def _is_path(name: str) -> bool:
    return name.startswith(_PATHS) or "\0" in name or os.path.lexists(name)


def _side(name: str, stack: ExitStack, source: ContextManager[Source], problems: Problems, limits: Limits) -> Side:
    try:
        return read_side(stack.enter_context(source), problems, limits)
    except (OSError, Unreadable) as error:
        # Only a name in a registry has a login; a directory may have an `@` in its name.
        raise Unreadable(f"{name if _is_path(name) else without_login(name)}: {reason(error, name)}") from error


if __name__ == "__main__":
    sys.exit(written(main, "scratch-image diff"))
