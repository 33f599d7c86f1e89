"""Which repository of a registry has which blob, and which blob is being pushed, so that a run sends each once.

What the run has seen is known. What an earlier run or a manifest in the registry names is a candidate, for a mount.
"""

from __future__ import annotations

import threading
from typing import Callable, Dict, Mapping, Optional, Tuple

from scratch_image.oci.digest import Digest
from scratch_image.registry.deadline import Deadline

# Takes the repository to mount from, if there is one.
PushBlob = Callable[[Optional[str]], None]
_POLL_SECONDS = 0.5


class BlobLocations:
    """The blobs of one registry, shared by all threads. `candidates` are those of an earlier run: digest → repositories."""

    def __init__(self, deadline: Deadline, candidates: Mapping[str, Tuple[str, ...]]) -> None:
        self._deadline = deadline
        self._candidates: Dict[str, Tuple[str, ...]] = dict(candidates)
        self._known: Dict[Digest, Dict[str, None]] = {}
        self._pushing: Dict[Digest, threading.Event] = {}
        self._lock = threading.Lock()

    def add(self, digest: Digest, repository: str) -> None:
        """Note that a repository has the blob."""
        with self._lock:
            self._known.setdefault(digest, {})[repository] = None

    def forget(self, digest: Digest, repository: str) -> None:
        """Note that a repository may have lost the blob."""
        with self._lock:
            self._known.get(digest, {}).pop(repository, None)
            if not self._known.get(digest):
                self._known.pop(digest, None)

    def add_candidate(self, digest: Digest, repository: str) -> None:
        """Note that a repository should have the blob, because it has a manifest that names it."""
        with self._lock:
            names = (repository, *self._candidates.get(str(digest), ()))
            self._candidates[str(digest)] = tuple(dict.fromkeys(names))

    def is_known(self, digest: Digest) -> bool:
        """Whether any repository has the blob, as far as this run knows."""
        with self._lock:
            return digest in self._known

    def candidate(self, digest: Digest, repository: str) -> Optional[str]:
        """Another repository that may have the blob."""
        with self._lock:
            return self._source(digest, repository)

    @property
    def all(self) -> Dict[str, Tuple[str, ...]]:
        """All locations for a later run: digest → repositories, known ones first."""
        with self._lock:
            known = {str(digest): repositories for digest, repositories in self._known.items()}
            return {
                digest: tuple(dict.fromkeys((*known.get(digest, ()), *self._candidates.get(digest, ()))))
                for digest in dict.fromkeys((*self._candidates, *known))
            }

    def push_once(self, digest: Digest, repository: str, push: PushBlob) -> bool:
        """Call `push` unless the repository has the blob; returns whether. While no location is known, one thread pushes
        and the others wait, so that they can mount it. Raises what `push` raises."""
        while True:
            with self._lock:
                if repository in self._known.get(digest, ()):
                    return False
                source = self._source(digest, repository)
                other = None if digest in self._known else self._pushing.get(digest)
                if other is None:
                    own = threading.Event()
                    first = digest not in self._known
                    if first:
                        self._pushing[digest] = own
                    break
            while not other.wait(_POLL_SECONDS):
                self._deadline.check()
        try:
            push(source)
            self.add(digest, repository)
            return True
        finally:
            if first:
                with self._lock:
                    del self._pushing[digest]
                own.set()

    def _source(self, digest: Digest, repository: str) -> Optional[str]:
        names = (*self._known.get(digest, ()), *self._candidates.get(str(digest), ()))
        return next((name for name in names if name != repository), None)
