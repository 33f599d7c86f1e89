"""The tables of part `scale`, and what must hold."""

from __future__ import annotations

from typing import List, Sequence

from benchmarks import markdown, marks
from benchmarks.marks import Mark
from benchmarks.scale import BINARY, COLD, NO_OP, OPTION, REPORT, Size

_NOTE = """
Each of these repositories had packaged one other image before, so that the daemon, the interpreter and the libraries were
there. *Do nothing* is a package rule that reads no file and starts no process, with as many packages of the same files:
what Pants itself costs; in the row that says so it writes as many files as an image has, of the same sizes. Processes of
ours were counted in runs of their own.
"""
_GROWTH_NOTE = """
*A new image* is the time of the row «all new» by the number of programs (an image for two platforms has two); *of ours*
without the time that as many do-nothing packages take. Memory is the daemon's resident set.
"""
_MS_OF_COLD, _TIMES_OF_NO_OP, _S_OF_BINARY, _GROWTH = 80, 1.3, 0.3, 1.2
_LARGE = 100


def tables(sizes: Sequence[Size]) -> str:
    of_sizes = "".join(f"\n### {markdown.count(size.services)} services\n\n{_of_size(size)}" for size in sizes)
    return f"{_growth(sizes)}{_GROWTH_NOTE}{of_sizes}{_NOTE}"


def marks_of(sizes: Sequence[Size]) -> List[Mark]:
    found = []
    for size in sizes:
        if size.services >= _LARGE:
            what = f"{markdown.count(size.services)} services: a new image, without the do-nothing packages' time"
            found.append(marks.at_most(what, size.ours_per_program * 1000, _MS_OF_COLD, " ms"))
    large = sizes[-1]
    name = f"{markdown.count(large.services)} services: "
    what = f'{name}no-op with write = ["report"], against do nothing'
    found.append(marks.at_most(what, large.ratio(REPORT), _TIMES_OF_NO_OP, "× its time"))
    more = large.more(BINARY, NO_OP)
    found.append(marks.at_most(f"{name}one binary changed, longer than a no-op", more, _S_OF_BINARY, " s"))
    before = [size for size in sizes[:-1] if size.services >= _LARGE]
    if before:
        growth = large.cold_per_program / before[0].cold_per_program
        what = f"{name}a new image, against that with {markdown.count(before[0].services)}"
        found.append(marks.at_most(what, growth, _GROWTH, "× its time"))
    started = large.ours.started
    found.append(marks.at_most(f"{name}processes of ours after an option changed for all", started[OPTION], 0, ""))
    return found


def _growth(sizes: Sequence[Size]) -> str:
    rows = [
        (
            markdown.count(size.services),
            markdown.count(size.programs),
            f"{size.cold_per_program * 1000:.1f}",
            f"{size.ours_per_program * 1000:.1f}",
            f"{size.ratio(NO_OP):.2f}×",
            f"{size.more(BINARY, NO_OP):.2f}",
            *(f"{side.memory[step]:.0f}" for side in (size.ours, size.nothing) for step in (COLD, OPTION)),
        )
        for size in sizes
    ]
    header = (
        "services",
        "programs",
        "a new image, ms",
        "of ours, ms",
        "no-op, times do nothing",
        "one binary, s over no-op",
        "daemon, MiB, all new",
        "at the end",
        "do nothing, MiB, all new",
        "at the end",
    )
    return markdown.table(header, rows)


def _of_size(size: Size) -> str:
    rows = [
        (
            step,
            str(len(waits)),
            markdown.seconds(size.ours.median(step)),
            markdown.spread(waits),
            markdown.seconds(size.nothing.median(step)),
            markdown.spread(size.nothing.waits[step]),
            markdown.times(size.ratio(step)),
            markdown.count(size.ours.started.get(step)),
        )
        for step, waits in size.ours.waits.items()
    ]
    spread = "least – greatest"
    return markdown.table(
        ("", "rounds", "ours, s", spread, "do nothing, s", spread, "times do nothing", "processes of ours"), rows
    )
