"""The modules of our processes, imported once for all requests that are sent the same sources and libraries."""

from __future__ import annotations

import functools
import gc
import importlib
import os
import sys
from types import ModuleType
from typing import Callable, Dict, Iterator, List, Optional, Tuple

_PACKAGE = "scratch_image"
# Few are in use at once: one per kind of process. A request whose trees are not here imports its modules itself.
_MOST = 16


class Trees:
    """The modules of each pair of trees, by their real paths, which hold the digests of what is in them. Pairs do not see
    each other's modules, nor the worker's own.

    A process can load a compiled library once, so only libraries of one tree are loaded here: the first for which a main
    module has a function `prepare`, which does what is the same for all its requests.
    """

    def __init__(self) -> None:
        self._modules: Dict[Tuple[str, str], Dict[str, ModuleType]] = {}
        self._own = _taken("")
        self._prepared: Optional[str] = None

    def load(self, sources: str, libraries: str, main: str) -> None:
        """Imports all modules of `sources`. One that cannot be imported without libraries is left to its processes."""
        key = _key(sources, libraries)
        if key in self._modules or len(self._modules) >= _MOST:
            return
        path = list(sys.path)
        sys.path.insert(0, key[0])
        try:
            for name in _names(key[0]):
                _try(functools.partial(importlib.import_module, name))
            prepare = getattr(sys.modules.get(main), "prepare", None)
            if prepare and key[1] and self._prepared in (None, key[1]):
                self._prepared = key[1]
                sys.path[1:1] = _wheels(key[1])
                _try(prepare)
        finally:
            sys.path[:] = path
            self._modules[key] = _taken(key[1])
        # What is here now stays, so that a garbage collection in a child need not touch, and so copy, its memory.
        gc.freeze()

    def put_back(self, sources: str, libraries: str) -> None:
        """Makes the modules of a pair of trees those of this process."""
        sys.modules.update(self._modules.get(_key(sources, libraries), {}))


def _wheels(libraries: str) -> List[str]:
    """The directories of a tree of libraries, one per wheel."""
    return [os.path.join(libraries, name) for name in sorted(os.listdir(libraries))]


def _key(sources: str, libraries: str) -> Tuple[str, str]:
    return os.path.realpath(sources), os.path.realpath(libraries) if os.path.islink(libraries) else ""


def _try(act: Callable[[], object]) -> None:
    try:
        act()
    except Exception:
        pass  # The process that needs it will say why.


def _taken(libraries: str) -> Dict[str, ModuleType]:
    """Takes our modules out of this process, and those that are of a tree of libraries."""
    found = {}
    for name, module in list(sys.modules.items()):
        is_ours = name == _PACKAGE or name.startswith(f"{_PACKAGE}.")
        file = getattr(module, "__file__", None) or ""
        if is_ours or (libraries and file.startswith(libraries + os.sep)):
            found[name] = sys.modules.pop(name)
    return found


def _names(root: str) -> Iterator[str]:
    """The modules of our package below `root`, in an order that does not depend on the machine."""
    for directory, folders, files in os.walk(os.path.join(root, _PACKAGE)):
        folders.sort()
        package = os.path.relpath(directory, root).replace(os.sep, ".")
        for file in sorted(files):
            stem, extension = os.path.splitext(file)
            if extension == ".py":
                yield package if stem == "__init__" else f"{package}.{stem}"
