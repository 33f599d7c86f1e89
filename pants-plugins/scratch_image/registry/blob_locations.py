"""Which repository of one registry has which blob, and who is sending which one now, so that each is sent once.

What was seen in this run is known. What an earlier run has written down is a guess, and so is what a manifest says that is
there: such a blob is asked for, by a mount.
"""

from __future__ import annotations

import threading
from typing import Callable, Dict, List, Mapping, Optional, Tuple

from scratch_image.oci.digest import Digest
from scratch_image.registry.deadline import Stop

# Called with the repository to mount from, if there is one.
Send = Callable[[Optional[str]], None]
_LOOK = 0.5


class Whereabouts:
    """`remembered` is what an earlier run has seen: digest → repositories."""

    def __init__(self, stop: Stop, remembered: Mapping[str, Tuple[str, ...]]) -> None:
        self._stop = stop
        self._guesses: Dict[str, Tuple[str, ...]] = dict(remembered)
        self._seen: Dict[Digest, List[str]] = {}
        self._busy: Dict[Digest, threading.Event] = {}
        self._lock = threading.Lock()

    def saw(self, digest: Digest, repository: str) -> None:
        with self._lock:
            repositories = self._seen.setdefault(digest, [])
            if repository not in repositories:
                repositories.append(repository)

    def expect(self, digest: Digest, repository: str) -> None:
        """Notes a repository that should have the blob: a manifest that names it is there."""
        with self._lock:
            self._guesses[str(digest)] = tuple(dict.fromkeys((repository, *self._guesses.get(str(digest), ()))))

    def has(self, digest: Digest, repository: Optional[str] = None) -> bool:
        """Whether the blob was seen in this run: there, or anywhere."""
        with self._lock:
            return digest in self._seen if repository is None else repository in self._seen.get(digest, ())

    def guess(self, digest: Digest, repository: str) -> Optional[str]:
        """Another repository that may have the blob."""
        with self._lock:
            return self._source(digest, repository)

    @property
    def known(self) -> Dict[str, Tuple[str, ...]]:
        """What is worth remembering: digest → repositories, those seen first."""
        with self._lock:
            seen = {str(digest): tuple(repositories) for digest, repositories in self._seen.items()}
            return {
                digest: tuple(dict.fromkeys((*seen.get(digest, ()), *self._guesses.get(digest, ()))))
                for digest in (*self._guesses, *(digest for digest in seen if digest not in self._guesses))
            }

    def place(self, digest: Digest, repository: str, send: Send) -> bool:
        """Has `send` bring a blob into a repository that lacks it; False where another thread did so meanwhile. While nobody
        knows where it is, one thread at a time brings it, and the others wait: then they can mount it. Raises what `send`
        raises."""
        while True:
            with self._lock:
                if repository in self._seen.get(digest, ()):
                    return False
                source = self._source(digest, repository)
                mine: Optional[threading.Event] = None
                if digest not in self._seen:
                    other = self._busy.get(digest)
                    if other is None:
                        mine = self._busy[digest] = threading.Event()
                if mine is not None or digest in self._seen:
                    break
            assert other is not None
            while not other.wait(_LOOK):
                self._stop.check()
        try:
            send(source)
            self.saw(digest, repository)
            return True
        finally:
            if mine is not None:
                with self._lock:
                    del self._busy[digest]
                mine.set()

    def _source(self, digest: Digest, repository: str) -> Optional[str]:
        names = (*self._seen.get(digest, ()), *self._guesses.get(str(digest), ()))
        return next((name for name in names if name != repository), None)
