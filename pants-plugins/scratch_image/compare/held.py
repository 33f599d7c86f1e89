"""What registries hold under the names of images: one HEAD for each tag, and one for each blob of an image that is not
there."""

from __future__ import annotations

import contextlib
import itertools
import threading
from typing import Dict, Iterator, List, Tuple

from scratch_image.compare.asked import ABSENT, DIFFERS, SAME, Answer, Missing, Question
from scratch_image.oci.digest import Digest
from scratch_image.registry.client import Client
from scratch_image.registry.credentials import Credentials
from scratch_image.registry.errors import RegistryError, Transient, Unreachable, Untrusted
from scratch_image.registry.location_cache import Locations
from scratch_image.registry.plan import RegistrySettings
from scratch_image.registry.pull import Access, client_of
from scratch_image.registry.repository import Repository

# All that is ever asked for: a login for reading is enough.
_ACTIONS = "pull"
# Questions in a row, each with all of its attempts, to which a registry has no answer before it is asked no more.
_FAILURES = 8
# Repositories that are asked for a blob which could be mounted from them.
_ELSEWHERE = 3


class HeldByRegistries:
    """What is held, asked by several threads, which share the clients of registries. `known` are locations of blobs that
    `publish` has seen."""

    def __init__(
        self, registries: Tuple[RegistrySettings, ...], access: Access, known: Dict[str, Dict[str, Tuple[str, ...]]]
    ):
        self._settings = {each.address: each for each in registries}
        self._access = access
        self._credentials = Credentials(access.environment, access.notice)
        self._known: Dict[str, Locations] = dict(known)
        self._seen: Dict[Tuple[str, str], Dict[str, None]] = {}
        self._clients: Dict[str, Client] = {}
        self._failures: Dict[str, int] = {}
        self._failed: Dict[str, RegistryError] = {}
        self._lock = threading.Lock()

    def repository(self, registry: str, name: str) -> Repository:
        """A repository, to be read. Raises RegistryError."""
        with self._lock:
            if registry not in self._clients:
                settings = self._settings.get(registry) or RegistrySettings(registry)
                self._clients[registry] = client_of(settings, self._access, self._credentials)
            client = self._clients[registry]
        return Repository(client, client.endpoint.repository(name), _ACTIONS)

    def ask(self, question: Question) -> List[Answer]:
        """What the tags of a question hold, one answer for all tags with the same digest. Raises RegistryError: at once if
        another question has found that nobody answers there."""
        with self._reached(question.registry):
            repository = self.repository(question.registry, question.repository)
            tags: Dict[str, List[str]] = {}
            for tag in question.tags:
                tags.setdefault(str(repository.resolve(tag) or ""), []).append(tag)
        if question.root in tags:
            self._note(question)
        return [
            Answer(question._replace(tags=tuple(found), held=held), _state(held, question.root), held)
            for held, found in tags.items()
        ]

    def missing(self, question: Question) -> Tuple[Missing, ...]:
        """The blobs of an image that `publish` would send to the repository of a question: the registry has them neither
        there nor in a repository that they can be mounted from. Raises RegistryError."""
        with self._reached(question.registry):
            repository = self.repository(question.registry, question.repository)
            if repository.resolve(question.root) == Digest.parse(question.root):
                return ()
            digests = [(blob, Digest.parse(blob.digest)) for blob in question.blobs]
            absent = [blob for blob, digest in digests if not repository.has_blob(digest)]
            return tuple(
                Missing(question.registry, blob.digest, blob.size)
                for blob in absent
                if not self._is_elsewhere(question, Digest.parse(blob.digest))
            )

    def _is_elsewhere(self, question: Question, digest: Digest) -> bool:
        """Whether another repository of the registry has a blob, as far as somebody has seen it there."""
        known = self._known.get(question.registry, {}).get(str(digest), ())
        names = dict.fromkeys((*self._seen.get((question.registry, str(digest)), ()), *known))
        for name in itertools.islice(names, _ELSEWHERE):
            # Those that may not read there cannot mount from there.
            with contextlib.suppress(RegistryError):
                if name != question.repository and self.repository(question.registry, name).has_blob(digest):
                    return True
        return False

    def _note(self, question: Question) -> None:
        """The repository has the image of a question, so it has its blobs."""
        with self._lock:
            for blob in question.blobs:
                self._seen.setdefault((question.registry, blob.digest), {})[question.repository] = None

    @contextlib.contextmanager
    def _reached(self, registry: str) -> Iterator[None]:
        """Raises what an earlier question found of a registry that does not answer: each attempt would take its time."""
        failed = self._failed.get(registry)
        if failed:
            raise failed
        try:
            yield
            self._failures[registry] = 0
        except (Transient, Untrusted) as error:
            with self._lock:
                self._failures[registry] = self._failures.get(registry, 0) + 1
                # Without a connection, no other image has a better chance.
                if isinstance(error, (Unreachable, Untrusted)) or self._failures[registry] >= _FAILURES:
                    self._failed[registry] = error
            raise


def _state(held: str, root: str) -> str:
    return SAME if held == root else DIFFERS if held else ABSENT
