"""A process of ours: its main module, the files that module needs, and its libraries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

from scratch_image.engine.own_files import PACKAGE, files_of

SOURCES, LIBRARIES, WORKER = "sources", "libraries", "worker"
"""The trees of a process: its files, its libraries, and the first file of all with what makes it a worker."""
MAIN = f"{WORKER}/{PACKAGE}/worker/run_module.py"
"""The path of that file."""
PLAN = "plan.json"
"""The input of a process that says what to do, where arguments would not do."""


@dataclass(frozen=True)
class Tool:
    """`main` is the module whose `main(arguments)` a process calls. `libraries` is the room in whose `requirements.txt` its
    libraries are; None if it needs the standard library only. `more_libraries` is another such room."""

    main: str
    libraries: Optional[str] = None
    more_libraries: Optional[str] = None

    @property
    def files(self) -> Tuple[str, ...]:
        """What the process is sent: the paths in the package of the main module and of all that it imports. Nothing else is
        in its cache key, so that no other change runs it again."""
        return files_of(self.main)

    def command(self, python: str, arguments: Sequence[str]) -> Tuple[str, ...]:
        """The command line, in the form of a JVM tool's. Pants takes what is up to the class path, which is `x`, for a
        worker's own, and then one name, by which it tells workers apart: all of ours are one kind."""
        return (python, "-ISB", MAIN, "-cp", "x", PACKAGE, self.main, *arguments)


FIRST = Tool(f"{PACKAGE}.worker.run_module")
"""What every process is sent in the tree `WORKER`."""
