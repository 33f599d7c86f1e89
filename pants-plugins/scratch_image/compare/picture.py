"""The command: `scratch-image show PATH… [--html FILE] [--svg FILE] [--depth N]`.

In: images, each as an operand of `diff` that is a path. Out: a page of all of them, a picture of the first one, or on stdout
the sizes. Exit status 0, or 2 with a sentence if an image cannot be read or a file cannot be written.
"""

from __future__ import annotations

import argparse
import sys
from typing import Dict, List, Optional, Tuple

from scratch_image.binary.blame import Part, blame
from scratch_image.binary.mapped import mapped
from scratch_image.compare.contents import Contents, files_of
from scratch_image.compare.image import read_side
from scratch_image.compare.measure import read_layers, sizes_of
from scratch_image.compare.page import Shown, page
from scratch_image.compare.show_sizes import lines
from scratch_image.compare.sizes import ImageSizes
from scratch_image.compare.source import opened
from scratch_image.compare.svg import svg
from scratch_image.compare.tree_of_sizes import tree
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.oci.text import printable


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
    name = ""
    try:
        shown = []
        for name in options.paths:
            shown.append(read(name))
        for name, content in _files(options.html, options.svg, shown):
            with open(name, "wb") as file:
                file.write(content.encode("utf-8", "backslashreplace"))
    except (OSError, Unreadable, ValueError) as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        print(printable(f"{name}: {text}"), file=sys.stderr)
        return 2
    if not options.html and not options.svg:
        blocks = ["\n".join(lines(each.name, each.images, each.parts, options.depth)) for each in shown]
        sys.stdout.buffer.write("\n\n".join(blocks).encode("utf-8", "backslashreplace") + b"\n")
    return 0


def _files(html: Optional[str], picture: Optional[str], shown: List[Shown]) -> List[Tuple[str, str]]:
    """(name, content) of the files to write."""
    found = [(html, page(shown))] if html else []
    if picture:
        image = shown[0].images[0]
        root = tree(image, shown[0].parts.get(image.platform, ()))
        found.append((picture, svg(root, f"Sizes in {shown[0].name} {image.platform}", alone=True)))
    return found


def read(name: str, limits: Limits = DEFAULT) -> Shown:
    """What is shown of an image at a path. Raises OSError and Unreadable."""
    problems = Problems(limits.problems)
    with opened(name, problems, limits) as source:
        side = read_side(source, problems, limits)
        if side.blobs is None:
            raise Unreadable("there is only a report, and no layers; name a directory with the layout, or an archive")
        contents = Contents(side.blobs)
        images: List[ImageSizes] = []
        parts: Dict[str, Tuple[Part, ...]] = {}
        for image in side.images:
            layers = read_layers(image, contents)
            images.append(sizes_of(image, layers))
            item = files_of(layers).get(images[-1].program.strip("/"))
            file = contents.open(item) if item and item.node.size else None
            if file:
                with file, mapped(file) as view:
                    parts[image.platform] = blame(view)
        return Shown(name, side.root, tuple(images), parts, _findings(source.report))


def _findings(report: Optional[JsonObject]) -> Tuple[Tuple[str, str, str], ...]:
    """(check, severity, text) of each finding in a report, once for all platforms."""
    entries = (report.children("manifests") if report else None) or ()
    found = [finding for entry in entries if entry for finding in entry.children("findings") or () if finding]
    rows = [tuple(finding.member(name, str) or "" for name in ("check", "severity", "text")) for finding in found]
    return tuple(dict.fromkeys((check, severity, text) for check, severity, text in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
