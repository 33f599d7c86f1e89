"""The publishing process: `python -m scratch_image.registry PLAN`.

In: the path of a PushPlan; the layouts it names, below the working directory; credentials, proxies and authorities as the
environment says (HOME, DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_*, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, PATH).
Out: on stdout every published reference with its digest, or what a dry run has found out; progress and errors on stderr.
Exit status 0, 1 where an image could not be published (the others are), 130 after an interrupt, with what was reached.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, List, Mapping, Tuple

from scratch_image.registry import location_cache, report
from scratch_image.registry.deadline import Stop
from scratch_image.registry.environment import Environment
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.progress import Progress

if TYPE_CHECKING:
    from scratch_image.registry.batch import Outcome

_INTERRUPTED = 130


def main(args: List[str]) -> int:
    try:
        return _run(*args)
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(path: str) -> int:
    try:
        # Here and not above, so that a library that does not fit the interpreter is told in a sentence.
        from scratch_image.registry import batch
    except ImportError as error:
        print(f"the library that speaks HTTP can not be loaded: {error}", file=sys.stderr)
        return 1
    with open(path, "rb") as file:
        plan = PushPlan.from_json(file.read())
    conflicts = report.conflicts(plan)
    if conflicts:
        print("\n".join(conflicts), file=sys.stderr)
        return 1
    stop = Stop(plan.deadline)
    progress = Progress(sys.stderr, len(plan.pushes), sys.stderr.isatty())
    run = batch.Batch(plan, batch.Tools(Environment(os.environ), progress, stop))
    signal.signal(signal.SIGTERM, _as_interrupt)
    outcomes = run.run()
    # What is left is to write down what was done.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    progress.close()
    status = _say(plan, outcomes)
    published = _published(outcomes) if not plan.dry_run else {}
    try:
        if published:
            report.write(plan, published)
        if plan.known and not plan.dry_run:
            location_cache.write(plan.known, run.known)
    except OSError as error:
        print(f"{error.filename or plan.report} can not be written: {error.strerror}", file=sys.stderr)
        status = status or 1
    return _INTERRUPTED if stop.interrupted else status


def _as_interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _say(plan: PushPlan, outcomes: Tuple[Outcome, ...]) -> int:
    """Prints what became of every push, and gives the exit status."""
    failed = False
    for outcome in outcomes:
        push = outcome.push
        if outcome.error:
            failed = True
            where = f"{push.registry}/{push.repository}"
            text = f"{push.name} could not be published to {where}\n  {outcome.error}"
            print(f"{text}\n  {outcome.reached}" if outcome.reached else text, file=sys.stderr)
        elif plan.dry_run:
            print("\n  ".join([f"{push.name} → {push.registry}/{push.repository}", *outcome.lines]))
    if not plan.dry_run:
        for reference, digest in _published(outcomes).items():
            print(f"{reference}@{digest}")
    sys.stdout.flush()
    sys.stderr.flush()
    return 1 if failed else 0


def _published(outcomes: Tuple[Outcome, ...]) -> Mapping[str, str]:
    """Reference → digest of all that is right, also of an image that failed later."""
    return {reference: str(outcome.push.root) for outcome in outcomes for reference in outcome.published}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
