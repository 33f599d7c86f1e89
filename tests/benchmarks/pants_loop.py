"""Part `pants`: how long a developer waits for Pants, from cold to a changed line."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List

from support import process_log

from benchmarks import edits, markdown, marks
from benchmarks.checkout import Checkout, Run, clone
from benchmarks.errors import CannotMeasure
from benchmarks.marks import Mark

IMAGES = 200
_IMAGE = f"{edits.GO_SERVICE}:image"
_INDEX = "dist/src.go_service/image/oci/index.json"
_COLD = "cold, `./pants package ::`"
_LIST = "warm, `./pants list ::`"
_NO_OP = "warm, nothing changed, `./pants package ::`"
_LABEL = "a label changed, to the new image"
_EDIT = "one line of Go changed, to the new image"
_MANY_COLD = f"{IMAGES} new images"
_MANY_NO_OP = f"{IMAGES} images, nothing changed"

_NOTE = """
Cold: an empty store and empty caches, so that Pants fetches what the locks name; Pants itself was installed. All other
steps have a warm daemon. Processes of ours were counted in a run of their own.
"""


@dataclass
class Loop:
    """`waits`: seconds per step, one per round; `started`: processes of ours that Pants started for a step."""

    waits: Dict[str, List[float]] = field(default_factory=dict)
    started: Dict[str, int] = field(default_factory=dict)

    def add(self, step: str, run: Run) -> None:
        self.waits.setdefault(step, []).append(run.wall)


def measure(repository: Path, rounds: int, scratch: Path) -> Loop:
    """Runs every step in a clone. Raises CannotMeasure."""
    loop = Loop()
    with clone(repository, scratch) as checkout:
        loop.add(_COLD, checkout.pants("package", "::"))
        checkout.pants("list", "::")
        for number in range(rounds):
            loop.add(_NO_OP, checkout.pants("package", "::"))
            loop.add(_LIST, checkout.pants("list", "::"))
            loop.add(_LABEL, _to_new_image(checkout, label=f"label {number}"))
            loop.add(_EDIT, _to_new_image(checkout, program=f"hello {number}"))
            checkout.pants("package", "::")
        _measure_many(loop, checkout, rounds)
        _count_processes(loop, checkout)
    return loop


def table(loop: Loop) -> str:
    rows = [
        (
            step,
            str(len(waits)),
            markdown.seconds(statistics.median(waits)),
            markdown.spread(waits),
            markdown.count(loop.started.get(step)),
        )
        for step, waits in loop.waits.items()
    ]
    return markdown.table(("", "rounds", "s", "least – greatest", "processes of ours"), rows) + _NOTE


def marks_of(loop: Loop) -> List[Mark]:
    more = statistics.median(a - b for a, b in zip(loop.waits[_NO_OP], loop.waits[_LIST]))
    return [
        marks.at_most("processes of ours after a changed label", loop.started[_LABEL], 0, ""),
        marks.at_most("warm no-op, longer than warm `list ::`", more, 0.3, " s"),
        marks.at_most("one line of Go changed, to the new image", statistics.median(loop.waits[_EDIT]), 2.0, " s"),
        marks.at_most("cold `package ::`, Pants itself installed", loop.waits[_COLD][0], 300, " s"),
    ]


def _to_new_image(checkout: Checkout, label: str = "", program: str = "") -> Run:
    """Makes one of the two changes and packages the image of the Go service."""
    before = checkout.read(_INDEX)
    if label:
        edits.change_label(checkout, label)
    if program:
        edits.change_program(checkout, program)
    run = checkout.pants("package", _IMAGE)
    if checkout.read(_INDEX) == before:
        raise CannotMeasure(f"{_IMAGE} is the same after a change of {label or program!r}")
    return run


def _measure_many(loop: Loop, checkout: Checkout, rounds: int) -> None:
    edits.add_images(checkout, IMAGES)
    loop.add(_MANY_COLD, checkout.pants("package", f"{edits.MANY}::"))
    for _ in range(rounds):
        loop.add(_MANY_NO_OP, checkout.pants("package", f"{edits.MANY}::"))


def _count_processes(loop: Loop, checkout: Checkout) -> None:
    """Counts after a change of each kind, with a daemon that has seen the image. Not timed: the log costs time.

    The count of the changed line, which must run both of ours, shows that the counting sees them.
    """
    logging = checkout.logging_processes()
    logging.pants("package", _IMAGE)
    loop.started[_LABEL] = started(_to_new_image(logging, label="counted"))
    loop.started[_EDIT] = started(_to_new_image(logging, program="counted"))
    if not loop.started[_EDIT]:
        raise CannotMeasure(f"the log of Pants names no process of ours for a changed program of {_IMAGE}")


def started(run: Run) -> int:
    """Processes of ours that were started, by Pants' log."""
    return sum(process_log.started(run.log).values())
