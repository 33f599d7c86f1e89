"""The process that runs an image for a test: `python -m scratch_image.structure.run_main EXPECTATIONS DIRECTORY RUNG CPU`.

In: the path of RunExpectations as JSON; a directory with the layout and the report of a packaged image; the rung that was
probed, and the machine's CPU as `uname -m` names it: both are in the cache key. Out: what differs, on stdout, or one line if
nothing does. Exit status 0 if all holds, 1 if something does not.
"""

from __future__ import annotations

import sys
from typing import List, Tuple

from scratch_image.oci.numbers import counted
from scratch_image.oci.platform import Platform
from scratch_image.run.errors import NotRun
from scratch_image.run.image import read_image
from scratch_image.run.machine import emulator, platforms
from scratch_image.run.rungs import RUNGS
from scratch_image.structure.commands import run_all
from scratch_image.structure.runs import RunExpectations
from scratch_image.structure.show import show


def main(args: List[str]) -> int:
    """Runs the process, and returns its exit status."""
    expectations_path, directory, rung, machine = args
    with open(expectations_path, "rb") as file:
        expectations = RunExpectations.from_json(file.read())
    try:
        text, holds = tested(expectations, directory, rung, machine)
    except NotRun as error:
        text, holds = f"{expectations.image} cannot be run: {error}", False
    sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    return 0 if holds else 1


def tested(expectations: RunExpectations, directory: str, rung_name: str, machine: str) -> Tuple[str, bool]:
    """(the text for people, whether all holds). Raises NotRun."""
    rung = next(rung for rung in RUNGS if str(rung) == rung_name)
    wanted = [Platform.parse(expectations.platform)] if expectations.platform else platforms(machine)
    image = read_image(directory, wanted)
    try:
        differences = run_all(expectations, image, rung, emulator(image.platform))
    finally:
        image.close()
    where = f"{image.platform} on rung {rung}"
    if differences:
        may = [f"  {line}" for line in image.explanations]
        return "\n".join((show(expectations.image, where, differences), *may)), False
    verb = "runs" if expectations.count == 1 else "run"
    return f"{expectations.image}: {counted(expectations.count, 'program')} {verb} as expected, {where}", True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
