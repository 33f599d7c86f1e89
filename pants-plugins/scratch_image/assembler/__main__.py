"""The layer process: `python -m scratch_image.assembler PLAN WORKERS`.

In: the plan's path, the contents it names below the working directory, and the number of compressors at work.
Out: the layer in `blobs/sha256/`, its LayerFacts as JSON on stdout; or exit status 1 with a sentence on stderr.
"""

from __future__ import annotations

import sys
from typing import List

from scratch_image.assembler import compressors
from scratch_image.assembler.assemble import write_layer
from scratch_image.assembler.compressors import WrongLibrary
from scratch_image.assembler.plan import LayerPlan
from scratch_image.oci.tar import ContentChanged


def prepare() -> None:
    """What a worker does once for all layers: it loads the compressors and tests them. What fails here is reported by the
    process that needs it."""
    for name in compressors.NAMES:
        try:
            compressors.require(name)
        except WrongLibrary:
            continue


def main(args: List[str]) -> int:
    """Runs the process; returns its exit status."""
    plan_path, workers = args
    with open(plan_path, "rb") as file:
        plan = LayerPlan.from_json(file.read())
    try:
        facts = write_layer(plan, ".", ".", int(workers))
    except (WrongLibrary, ContentChanged, OSError) as error:
        print(f"the layer could not be written: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(facts.to_json())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
