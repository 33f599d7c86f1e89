"""The command: `scratch-image show PATH… [--html FILE] [--svg FILE] [--depth N]`.

In: images, each as an operand of `diff` that is a path. Out: a page of all of them, a picture of the first one, or on stdout
the sizes; on stderr, what is not shown. Exit status 0, or 2 with a sentence if an image cannot be read or a file cannot be
written.
"""

from __future__ import annotations

import argparse
import sys
from typing import Dict, List, Optional

from scratch_image.compare import output
from scratch_image.compare.image import read_side
from scratch_image.compare.page import page, picture
from scratch_image.compare.read_shown import shown_of
from scratch_image.compare.show_sizes import lines
from scratch_image.compare.shown import Shown
from scratch_image.compare.source import opened
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.oci.invisible import escaped


def main(args: Optional[List[str]] = None) -> int:
    """Runs the command, and returns its exit status."""
    parser = argparse.ArgumentParser("scratch-image show", description="Shows how large images are, and because of what.")
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="an OCI image layout, a tar archive of one, or a directory that `package` wrote",
    )
    parser.add_argument("--html", metavar="FILE", help="write a page of all images; it needs no network and has no script")
    parser.add_argument("--svg", metavar="FILE", help="write a picture of the first image")
    parser.add_argument(
        "--depth", type=int, default=1, help="on stdout, divide programs by modules (1), by packages (2), or not (0)"
    )
    options = parser.parse_args(args)
    outputs = {option: path for option, path in (("--html", options.html), ("--svg", options.svg)) if path is not None}
    name = ""
    try:
        output.refuse_overwriting(outputs, options.paths)
        shown = []
        for name in options.paths:
            shown.append(read(name))
        output.write(_files(outputs, shown))
    except (OSError, Unreadable) as error:
        path = error.filename if isinstance(error, OSError) and error.filename in outputs.values() else name
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        print(escaped(f"{path}: {text}"), file=sys.stderr)
        return 2
    except ValueError as error:
        print(escaped(str(error)), file=sys.stderr)
        return 2
    for text in _left_out(shown):
        print(escaped(text), file=sys.stderr)
    if not outputs:
        blocks = ["\n".join(lines(each.name, each.images, each.parts, options.depth)) for each in shown]
        sys.stdout.buffer.write("\n\n".join(blocks).encode("utf-8", "backslashreplace") + b"\n")
    return 0


def _left_out(shown: List[Shown]) -> List[str]:
    return [f"{each.name}: not shown: {text}" for each in shown for text in each.left_out]


def _files(outputs: Dict[str, str], shown: List[Shown]) -> Dict[str, str]:
    """Path → content of the files to write."""
    found = {}
    if "--html" in outputs:
        found[outputs["--html"]] = page(shown)
    if "--svg" in outputs:
        found[outputs["--svg"]] = picture(shown[0])
    return found


def read(name: str, limits: Limits = DEFAULT) -> Shown:
    """What is shown of an image at a path. Raises OSError and Unreadable."""
    problems = Problems(limits.problems)
    with opened(name, problems, limits) as source:
        return shown_of(read_side(source, problems, limits), source)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
