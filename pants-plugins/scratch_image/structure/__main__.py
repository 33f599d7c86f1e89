"""The structure process: `python -m scratch_image.structure EXPECTATIONS DIRECTORY`.

In: the path of Expectations as JSON; a directory with the layout and the report of a packaged image. Out: what differs, on
stdout, or one line if nothing does. Exit status 0 if all holds, 1 if something does not.
"""

from __future__ import annotations

import sys
from typing import List, Optional, Tuple

from scratch_image.oci.platform import Platform
from scratch_image.structure.compare import Difference, compare
from scratch_image.structure.expectations import Expectations
from scratch_image.structure.package import ImageView, Package, read_package
from scratch_image.structure.show import held, show


def main(args: List[str]) -> int:
    """Runs the process, and returns its exit status."""
    expectations_path, directory = args
    with open(expectations_path, "rb") as file:
        expectations = Expectations.from_json(file.read())
    text, holds = tested(expectations, read_package(directory, expectations.contents))
    sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    return 0 if holds else 1


def tested(expectations: Expectations, package: Package) -> Tuple[str, bool]:
    """(the text for people, whether all holds)"""
    if package.problems:
        problems = "\n".join(f"  {problem}" for problem in package.problems)
        return f"{expectations.image} cannot be read; package it again:\n{problems}", False
    images = [image for image in package.images if _is_wanted(expectations.platform, image)]
    if not images:
        missing = _missing(expectations.platform or "any", package)
        return show(expectations.image, expectations.platform or "", [missing]), False
    blocks = [(image.platform, compare(expectations, image)) for image in images]
    shown = [show(expectations.image, platform, differences) for platform, differences in blocks if differences]
    if shown:
        return "\n\n".join(shown), False
    return held(expectations, tuple(image.platform for image in images)), True


def _is_wanted(platform: Optional[str], image: ImageView) -> bool:
    if platform is None:
        return True
    return Platform.parse(image.platform).normalized() == Platform.parse(platform).normalized()


def _missing(platform: str, package: Package) -> Difference:
    left_out = f"the option [scratch-image].platforms left out {', '.join(package.omitted)}"
    there = ", ".join(image.platform for image in package.images) or "none"
    return Difference("platform", "", platform, there, (left_out,) if package.omitted else ())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
