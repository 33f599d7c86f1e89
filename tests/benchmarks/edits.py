"""What a developer changes between two runs of Pants, in a clone."""

from __future__ import annotations

import re
import shutil
from typing import Callable

from benchmarks.checkout import Checkout
from benchmarks.errors import CannotMeasure
from benchmarks.programs import static_program

GO_SERVICE = "src/go_service"
MANY = "src/many"
_MANY_BUILD = """[
    (
        file(name=f"program-{number}", source=f"program-{number}"),
        scratch_image(name=f"image-{number}", binary=f":program-{number}"),
    )
    for number in range(%d)
]
"""


def change_label(checkout: Checkout, value: str) -> None:
    """Gives the image of the Go service another label, in its BUILD file."""
    _replace(checkout, f"{GO_SERVICE}/BUILD", r'(?<="org\.opencontainers\.image\.title": ")[^"]*', value)


def change_program(checkout: Checkout, value: str) -> None:
    """Gives the Go service another greeting: one line of its source."""
    _replace(checkout, f"{GO_SERVICE}/main.go", r'(?<=const greeting = ")[^"]*', value)


def add_images(checkout: Checkout, number: int, seed: str = "", make: Callable[[str], bytes] = static_program) -> None:
    """Writes a directory with so many programs, no two the same, and an image of each; another seed makes others."""
    folder = checkout.root / MANY
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for index in range(number):
        (folder / f"program-{index}").write_bytes(make(f"{seed}{index}"))
    checkout.write(f"{MANY}/BUILD", _MANY_BUILD % number)


def _replace(checkout: Checkout, path: str, pattern: str, value: str) -> None:
    changed, count = re.subn(pattern, value, checkout.read(path))
    if count != 1:
        raise CannotMeasure(f"{path} has {count} places that match {pattern}, not 1")
    checkout.write(path, changed)
