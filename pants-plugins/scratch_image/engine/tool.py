"""A process of ours: its main module, the files that module needs, and its libraries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from scratch_image.engine.own_files import files_of


@dataclass(frozen=True)
class Tool:
    """`main` is the module whose `main(arguments)` a process calls. `libraries` is the room in whose `requirements.txt` its
    libraries are; None if it needs the standard library only."""

    main: str
    libraries: Optional[str] = None

    @property
    def files(self) -> Tuple[str, ...]:
        """What the process is sent: the paths in the package of the main module and of all that it imports. Nothing else is
        in its cache key, so that no other change runs it again."""
        return files_of(self.main)
