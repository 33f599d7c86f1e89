"""The first file of every process of ours: `python -ISB …/worker/run_module.py -cp x NAME MODULE ARGUMENT…`.

The interpreter starts isolated, so this puts the staged `sources`, and the staged `libraries` if there are any, on the
module path, and nothing of the machine. They are beside the tree `worker`, which holds this file and what it imports.

The command line is that of a JVM tool, for Pants: it runs one as it is, or starts a worker by what is before NAME, and sends
it the rest (docs/adr/0018-workers.md).
"""

import importlib
import os
import sys

_ROOM = os.path.dirname(os.path.abspath(__file__))
_WORKER = os.path.dirname(os.path.dirname(_ROOM))
_SERVER = "com.martiansoftware.nailgun.NGServer"


def main() -> int:
    """Runs `main(arguments)` of the module, here or in the children of a worker; returns its exit status."""
    _, name, *arguments = sys.argv[2:]
    in_worker = name == _SERVER
    if in_worker:
        sys.path.insert(0, _WORKER)
        from scratch_image.worker import server

        arguments = list(server.serve())
        sys.path.remove(_WORKER)
    root = os.path.dirname(_WORKER)
    sys.path.insert(0, os.path.join(root, "sources"))
    libraries = os.path.join(root, "libraries")
    if os.path.isdir(libraries):
        sys.path[1:1] = [os.path.join(libraries, name) for name in sorted(os.listdir(libraries))]
    status: int = importlib.import_module(arguments[0]).main(arguments[1:])
    if in_worker:
        # At its end an interpreter frees every object. Here that would copy the worker's memory, which takes longer than the
        # work itself.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
