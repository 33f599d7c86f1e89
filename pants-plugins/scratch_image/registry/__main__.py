"""The publishing process: `python -m scratch_image.registry PLAN`.

In: the path of a PushPlan; the layouts that it names, below the working directory; credentials, proxies and authorities from
the environment (HOME, DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_*, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, PATH).
Out: on stdout every published reference with its digest, or the comparison of a dry run; progress and errors on stderr.
Exit status 0; 1 if an image could not be published (the others are); 130 after an interrupt, with what was published.
"""

from __future__ import annotations

import signal
import sys
from typing import List, Mapping, Tuple

from scratch_image.registry import location_cache, report
from scratch_image.registry.deadline import Deadline
from scratch_image.registry.environment import Environment
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.progress import Progress
from scratch_image.registry.result import PushResult

_INTERRUPTED = 130


def main(args: List[str]) -> int:
    """Publish the plan in the file `args[0]`; returns the exit status."""
    try:
        with open(args[0], "rb") as file:
            plan = PushPlan.from_json(file.read())
        return _run(plan)
    except RegistryError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(plan: PushPlan) -> int:
    conflicts = report.conflicts(plan)
    if conflicts:
        raise RegistryError("\n".join(conflicts))
    try:
        # Here, so that a library that does not fit the interpreter is an error in words.
        from scratch_image.registry.batch import Batch
    except ImportError as error:
        raise RegistryError(f"the library for HTTP cannot be loaded: {error}") from None
    deadline = Deadline(plan.deadline)
    progress = Progress(sys.stderr, len(plan.pushes), sys.stderr.isatty())
    batch = Batch(plan, Environment.of_process(), progress, deadline)
    signal.signal(signal.SIGTERM, _interrupt)
    results = batch.run()
    # Only the notes of what was done remain.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    progress.close()
    # Reference → digest of all that is right, also of an image that failed later.
    published = {reference: str(result.push.root) for result in results for reference in result.published}
    status = 1 if any(result.error for result in results) else 0
    _print(plan, results, published)
    try:
        if published:
            report.write(plan, published)
        if plan.known and not plan.dry_run:
            location_cache.write(plan.known, batch.locations)
    except RegistryError as error:
        print(error, file=sys.stderr)
        status = 1
    return _INTERRUPTED if deadline.interrupted else status


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _print(plan: PushPlan, results: Tuple[PushResult, ...], published: Mapping[str, str]) -> None:
    for result in results:
        push = result.push
        if result.error:
            where = f"{push.registry}/{push.repository}"
            text = f"{push.name} could not be published to {where}\n  {result.error}\n  {result.state}"
            print(text, file=sys.stderr)
        elif plan.dry_run:
            print("\n  ".join((result.label, *result.lines)))
    for reference, digest in published.items():
        print(f"{reference}@{digest}")
    sys.stdout.flush()
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
