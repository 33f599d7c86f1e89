"""The publishing process: `python -m scratch_image.registry PLAN`.

In: the path of a PushPlan; the layouts that it names, below the working directory; credentials, proxies and authorities from
the environment (HOME, DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_*, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, PATH).
Out: on stdout every published reference with its digest, or the comparison of a dry run; progress and errors on stderr. No
line of either shows a secret that the run knows.
Exit status 0; 1 if an image could not be published (the others are); 130 after an interrupt, with what was published.
"""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from typing import List, Mapping, Tuple

from scratch_image.registry import location_cache, report
from scratch_image.registry.deadline import Deadline
from scratch_image.registry.environment import Environment
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.output import Output
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.progress import Progress
from scratch_image.registry.result import PushResult

_INTERRUPTED = 130


def main(args: List[str]) -> int:
    """Publish the plan in the file `args[0]`; returns the exit status."""
    environment = Environment.of_process()
    out, err = (Output(stream, environment.secrets) for stream in (sys.stdout, sys.stderr))
    threading.excepthook = lambda crash: err.line("".join(traceback.format_exception(*crash[:3])))
    try:
        with open(args[0], "rb") as file:
            plan = PushPlan.from_json(file.read())
        return _run(plan, environment, out, err)
    except RegistryError as error:
        err.line(str(error))
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception:
        # A mistake of this program; the texts of its errors may quote anything.
        err.line(traceback.format_exc())
        return 1


def _run(plan: PushPlan, environment: Environment, out: Output, err: Output) -> int:
    conflicts = report.conflicts(plan)
    if conflicts:
        raise RegistryError("\n".join(conflicts))
    try:
        # Here, so that a library that does not fit the interpreter is an error in words.
        from scratch_image.registry.batch import Batch
    except ImportError as error:
        raise RegistryError(f"the library for HTTP cannot be loaded: {error}") from None
    deadline = Deadline(plan.deadline)
    progress = Progress(err, len(plan.pushes), sys.stderr.isatty(), noticed=report.noticed(plan))
    batch = Batch(plan, environment, progress, deadline)
    signal.signal(signal.SIGTERM, _interrupt)
    results = batch.run()
    # Only the notes of what was done remain.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    progress.close()
    # Reference → digest of all that is right, also of an image that failed later.
    published = {reference: str(result.push.root) for result in results for reference in result.published}
    status = 1 if any(result.error for result in results) else 0
    _print(plan, results, published, out, err)
    try:
        report.write(plan, published, progress.noticed)
        if plan.known and not plan.dry_run:
            location_cache.write(plan.known, batch.locations, batch.lists)
    except RegistryError as error:
        err.line(str(error))
        status = 1
    return _INTERRUPTED if deadline.interrupted else status


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _print(plan: PushPlan, results: Tuple[PushResult, ...], published: Mapping[str, str], out: Output, err: Output) -> None:
    for result in results:
        push = result.push
        if result.error:
            where = f"{push.registry}/{push.repository}"
            err.line(f"{push.name} could not be published to {where}\n  {result.error}\n  {result.state}")
        elif plan.dry_run:
            out.line("\n  ".join((result.label, *result.lines)))
    for reference, digest in published.items():
        out.line(f"{reference}@{digest}")
    out.flush()
    err.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
