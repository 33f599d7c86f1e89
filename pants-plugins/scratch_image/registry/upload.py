"""One blob into one repository: mounted from another one, or sent; after a break the rest is sent, not all of it.

distribution-spec 1.1.1: "Mounting a blob from another repository", "POST then PUT", "Pushing a blob in chunks". The first
attempt is one PUT, which every registry takes: Google's Artifact Registry takes no chunks, and GitHub's none above 4 MiB.
After a break chunks are sent, so that another break costs little, where the registry takes them. (distribution 2 forgets
a session whose chunk broke after some of its bytes had come; all of the blob is sent again then.)
"""

from __future__ import annotations

import enum
import re
from typing import Optional, Tuple

from scratch_image.registry import retry
from scratch_image.registry.endpoint import Origin
from scratch_image.registry.errors import Ended, Refused, RegistryError, Transient
from scratch_image.registry.layout import Blob, Sending
from scratch_image.registry.repository import Repository, check_digest
from scratch_image.registry.transport import Answer, Body

_CHUNK = 16 << 20
# A blob that is no larger is sent as one piece however often it breaks.
_SMALL_CHUNK = 4 << 20
_ATTEMPTS = 8
_MOUNT_ATTEMPTS = 2
_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,18})")
_OCTETS = {"Content-Type": "application/octet-stream"}


class _Lost(Exception):
    """The registry does not know the session any more, or can not go on with it."""


class Way(enum.Enum):
    """How a blob has come into a repository."""

    SENT = "sent"
    MOUNTED = "mounted"
    THERE = "was there"


class Upload:
    """Sends `blob`; `sending` is called with the bytes of every piece."""

    def __init__(self, repository: Repository, blob: Blob, sending: Sending) -> None:
        self._repository = repository
        self._session = repository.session
        self._blob = blob
        self._sending = sending
        self._what = f"sending blob {blob.digest}"
        self._location: Optional[str] = None
        # Bytes of a chunk; None while the blob is sent as one piece.
        self._chunk: Optional[int] = None
        self._takes_chunks = True
        self._least = 0

    def run(self, mount_from: Optional[str], asked: bool) -> Way:
        """Mounts the blob from a repository, or sends it. `asked` is whether the registry said that it is not there; else
        it is asked before anything is sent. Raises RegistryError, and leaves no session behind that it can help."""
        try:
            if mount_from is not None and self._mount(mount_from):
                return Way.MOUNTED
            if not asked and self._repository.has_blob(self._blob.digest):
                self._give_up()
                return Way.THERE
            if self._location is None:
                self._begin()
            self._send()
        except RegistryError:
            self._give_up()
            raise
        return Way.SENT

    def _give_up(self) -> None:
        if self._location:
            self._session.farewell(self._location, self._repository.name)

    def _mount(self, source: str) -> bool:
        """Whether the registry did it; instead it may have begun a session."""
        what = f"mounting blob {self._blob.digest} from {source}"
        try:
            answer = self._post(what, f"?mount={self._blob.digest}&from={source}", (source,), _MOUNT_ATTEMPTS)
            if answer.status == 201:
                check_digest(what, answer, self._blob.digest)
                return True
            if answer.status == 202:
                self._remember(answer)
        except (Refused, Transient):
            # No right to read there, or no mounts here: the blob is sent.
            self._session.stop.check()
        return False

    def _begin(self) -> None:
        """Begins a session."""
        self._location = None
        what = f"{self._what}: beginning"
        answer = self._post(what, "", (), retry.ATTEMPTS)
        if answer.status != 202:
            raise self._repository.refused(what, answer)
        self._remember(answer)

    def _post(self, what: str, query: str, pull_from: Tuple[str, ...], attempts: int) -> Answer:
        url = self._repository.url(f"blobs/uploads/{query}")
        name = self._repository.name
        return self._session.ask(what, "POST", url, name, {}, Body.of(b""), attempts, pull_from)

    def _remember(self, answer: Answer) -> None:
        """distribution-spec: `Location` "MAY contain parameters", and may be relative; the last one given counts."""
        location = answer.header("location")
        if location:
            self._location = self._session.endpoint.follow(answer.url, location, self._what)
        if self._location is None:
            raise RegistryError(f"{self._what}: the registry does not say where to send it", "ask whoever runs the registry")
        least = answer.header("oci-chunk-min-length")
        if re.fullmatch("[0-9]{1,12}", least):
            self._least = int(least)

    def _send(self) -> None:
        """Tries until the registry has all, and says so."""
        offset = tried = furthest = 0
        while True:
            try:
                return self._finish(offset)
            except _Lost:
                failure = Transient(f"{self._what}: the registry has lost the upload")
            except Transient as error:
                self._session.stop.check()
                failure = error
            tried += 1
            if tried >= _ATTEMPTS:
                raise RegistryError(failure.text, failure.cure)
            self._session.retries.pause(min(tried, retry.ATTEMPTS), failure)
            # The answer may be all that was lost.
            if self._repository.has_blob(self._blob.digest):
                return None
            offset = self._resume()
            if offset > furthest:
                # As long as it goes on, only the deadline ends it.
                furthest, tried = offset, 0

    def _resume(self) -> int:
        """How many bytes the registry has; a new session where the old one is gone."""
        found = self._held()
        large = self._takes_chunks and self._blob.size > _SMALL_CHUNK
        if large:
            # What broke once may break again.
            self._chunk = self._chunk or _CHUNK
        if found == self._blob.size or (found is not None and large):
            return found
        self._give_up()
        self._begin()
        return 0

    def _held(self) -> Optional[int]:
        """distribution-spec, "Get Blob Upload Status": 204 with `Range: 0-<last byte>`."""
        assert self._location
        what = f"{self._what}: asking how far it is"
        try:
            answer = self._session.ask(what, "GET", self._location, self._repository.name)
        except RegistryError as error:
            if isinstance(error, Ended):
                raise
            return None
        if answer.status not in (200, 204):
            return None
        self._remember(answer)
        return _held(answer)

    def _finish(self, offset: int) -> None:
        """Sends what is missing from `offset` on, and ends the session. Raises Transient, _Lost, RegistryError."""
        size = self._blob.size
        while self._chunk is not None and offset < size:
            end = min(size, offset + max(self._chunk, self._least))
            offset = self._patch(offset, end)
        assert self._location
        separator = "&" if "?" in self._location else "?"
        url = f"{self._location}{separator}digest={self._blob.digest}"
        answer = self._carry("PUT", url, offset, size, {})
        if answer.status in (404, 410, 416) or (answer.status == 400 and self._chunk is not None):
            # 400 after a resumed upload: the registry put other bytes together than were sent.
            raise _Lost
        if answer.status not in (200, 201, 204):
            raise self._repository.refused(self._what, answer)
        check_digest(self._what, answer, self._blob.digest)
        elsewhere = Origin.of(answer.url) != self._session.endpoint.origin
        if elsewhere and not self._repository.has_blob(self._blob.digest):
            # Storage has it; only the registry can say that it is the repository's.
            raise _Lost

    def _patch(self, start: int, end: int) -> int:
        """Sends a chunk, and says how many bytes the registry has then."""
        assert self._location
        answer = self._carry("PATCH", self._location, start, end, {"Content-Range": f"{start}-{end - 1}"})
        if answer.status in (200, 201, 202, 204):
            self._remember(answer)
            held = _held(answer)
            return end if held is None or not start < held <= end else held
        if answer.status in (413, 416) and self._chunk != _SMALL_CHUNK:
            self._chunk = _SMALL_CHUNK
            raise Transient(f"{self._what}: the registry answered {answer.status} to a chunk")
        if answer.status in (404, 410, 416):
            raise _Lost
        if answer.status in (400, 405, 415, 501) and start == 0:
            self._chunk, self._takes_chunks = None, False
            raise _Lost
        raise self._repository.refused(self._what, answer)

    def _carry(self, method: str, url: str, start: int, end: int, headers: dict[str, str]) -> Answer:
        """A request with bytes of the blob: tried once, as a registry may have taken some of them."""

        def pieces():  # type: ignore[no-untyped-def]
            for piece in self._blob.pieces(start, end, self._sending):
                self._session.stop.check()
                yield piece

        body = Body(end - start, pieces)
        return self._session.ask(self._what, method, url, self._repository.name, {**_OCTETS, **headers}, body, attempts=1)


def _held(answer: Answer) -> Optional[int]:
    """Bytes by a `Range` of an answer. distribution says `0-0` for none, so one byte is taken for none: it is sent anew."""
    match = _RANGE.fullmatch(answer.header("range"))
    if not match:
        return None
    last = int(match[1])
    return last + 1 if last else 0
