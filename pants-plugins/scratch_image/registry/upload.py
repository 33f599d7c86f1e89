"""One blob into one repository: mounted from another one, or sent; after an interruption only the rest is sent.

distribution-spec 1.1.1: "Mounting a blob from another repository", "POST then PUT", "Pushing a blob in chunks". The first
attempt is one PUT, which every registry takes: Google's Artifact Registry takes no chunks, and GitHub's none above 4 MiB.
After an interruption chunks are sent if the registry takes them, so that another one costs little. (distribution 2 forgets
a session whose chunk was interrupted; all of the blob is sent again then.)
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Optional

from scratch_image.registry.errors import Ended, Misdirected, ProtocolError, Refused, RegistryError, Transient
from scratch_image.registry.layout import Blob, Sending
from scratch_image.registry.repository import Repository
from scratch_image.registry.request import ATTEMPTS, Body, Request, Response
from scratch_image.registry.result import Outcome

# Bytes of a chunk, and of one after the registry refused a larger one. A blob of at most the latter is never split.
_CHUNK = 16 << 20
_SMALL_CHUNK = 4 << 20
_ATTEMPTS = 8
_MOUNT_ATTEMPTS = 2
# Responses of a registry that does not know the session any more.
_LOST = (404, 410, 416)
_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,18})")


class Upload:
    """The push of a blob. `sending` takes the number of bytes of every piece before it is sent."""

    def __init__(self, repository: Repository, blob: Blob, sending: Sending) -> None:
        self._repository = repository
        self._client = repository.client
        self._blob = blob
        self._sending = sending
        self._action = f"sending blob {blob.digest}"
        # The URL of the upload session.
        self._location = ""
        # Bytes of a chunk; None while the blob is sent as one piece.
        self._chunk: Optional[int] = None
        self._takes_chunks = True
        self._min_chunk = 0
        # How often a place elsewhere did not know the session to which the registry directed us.
        self._lost_elsewhere = 0

    def run(self, mount_from: Optional[str], *, known_absent: bool) -> Outcome:
        """Mount the blob from a repository, or send it; unless it is `known_absent`, after asking for it. Raises
        RegistryError, after an attempt to cancel the session."""
        try:
            if mount_from is not None and self._mount(mount_from):
                return Outcome.MOUNTED
            if not known_absent and self._repository.has_blob(self._blob.digest):
                self._cancel()
                return Outcome.PRESENT
            if not self._location:
                self._start()
            self._send()
        except RegistryError:
            self._cancel()
            raise
        return Outcome.SENT

    def _mount(self, source: str) -> bool:
        """Whether the registry mounted the blob. It may have started a session instead."""
        request = self._post(f"mounting blob {self._blob.digest} from {source}", f"?mount={self._blob.digest}&from={source}")
        scopes = (*request.scopes, f"repository:{source}:pull")
        try:
            response = self._client.send(replace(request, scopes=scopes, attempts=_MOUNT_ATTEMPTS))
            if response.status == 201:
                self._repository.check_digest(response, self._blob.digest)
                return True
            if response.status == 202:
                self._update(response)
        except (Refused, Transient):
            # No permission to read there, or no mounts here: the blob is sent.
            self._client.deadline.check()
        return False

    def _start(self) -> None:
        """Start a session."""
        self._location = ""
        response = self._client.send(self._post(f"{self._action}: starting the upload"))
        if response.status != 202:
            raise self._client.refused(response)
        self._update(response)

    def _post(self, action: str, query: str = "") -> Request:
        request = self._repository.request(action, "POST", f"blobs/uploads/{query}")
        return replace(request, body=Body.of(b""))

    def _cancel(self) -> None:
        if self._location:
            self._client.cancel_upload(self._repository.request("cancelling the upload", "DELETE", self._location))

    def _update(self, response: Response) -> None:
        """distribution-spec: `Location` "MAY contain parameters", and may be relative; the last one counts."""
        location = response.header("location")
        if location:
            self._location = self._client.endpoint.follow(response.request.url, location, self._action)
        if not self._location:
            raise ProtocolError(f"{self._action}: the registry named no location for the upload")
        min_chunk = response.header("oci-chunk-min-length")
        if re.fullmatch("[0-9]{1,12}", min_chunk):
            self._min_chunk = int(min_chunk)

    def _send(self) -> None:
        """Try until the registry says that it has the blob."""
        offset = tried = furthest = 0
        while True:
            try:
                return self._finish(offset)
            except Transient as error:
                self._client.deadline.check()
                failure = error
            tried += 1
            if tried >= _ATTEMPTS:
                raise RegistryError(failure.text, failure.cure)
            self._client.retry.pause(min(tried, ATTEMPTS), failure)
            # Perhaps only the response was lost.
            if self._repository.has_blob(self._blob.digest):
                return None
            offset = self._resume()
            if offset > furthest:
                # While it advances, only the deadline ends it.
                furthest, tried = offset, 0

    def _resume(self) -> int:
        """How many bytes the session has; a new session if the old one is lost."""
        received = self._status()
        in_chunks = self._takes_chunks and self._blob.size > _SMALL_CHUNK
        if in_chunks:
            # What was interrupted once may be again.
            self._chunk = self._chunk or _CHUNK
        if received == self._blob.size or (received is not None and in_chunks):
            return received
        self._cancel()
        self._start()
        return 0

    def _status(self) -> Optional[int]:
        """distribution-spec, "Get Blob Upload Status": 204 with `Range: 0-<last byte>`; None if the session is lost."""
        try:
            action = f"{self._action}: asking for the status of the upload"
            response = self._client.send(self._repository.request(action, "GET", self._location))
        except Ended:
            raise
        except RegistryError:
            return None
        if response.status not in (200, 204):
            return None
        self._update(response)
        return _received(response)

    def _finish(self, offset: int) -> None:
        """Send what is missing from `offset` on, and end the session. Raises Transient if the session is lost as well."""
        size = self._blob.size
        while self._chunk is not None and offset < size:
            offset = self._patch(offset, min(size, offset + max(self._chunk, self._min_chunk)))
        separator = "&" if "?" in self._location else "?"
        url = f"{self._location}{separator}digest={self._blob.digest}"
        response = self._send_bytes(self._repository.request(self._action, "PUT", url), offset, size)
        if response.status in _LOST or (response.status == 400 and self._chunk is not None):
            # 400 after chunks: the registry has assembled other bytes than were sent.
            raise self._session_lost(response)
        if response.status not in (200, 201, 204):
            raise self._client.refused(response)
        self._repository.check_digest(response, self._blob.digest)
        # That storage elsewhere has the blob does not mean that the repository has it.
        if not self._client.endpoint.owns(response.request.url) and not self._repository.has_blob(self._blob.digest):
            raise self._session_lost(response)

    def _patch(self, start: int, end: int) -> int:
        """Send a chunk; returns how many bytes the registry has then."""
        request = self._repository.request(self._action, "PATCH", self._location)
        response = self._send_bytes(replace(request, headers={"Content-Range": f"{start}-{end - 1}"}), start, end)
        if response.status in (200, 201, 202, 204):
            self._update(response)
            received = _received(response)
            return end if received is None or not start < received <= end else received
        if response.status in (413, 416) and self._chunk != _SMALL_CHUNK:
            self._chunk = _SMALL_CHUNK
            raise self._client.transient(response)
        if response.status in _LOST:
            raise self._session_lost(response)
        if response.status in (400, 405, 415, 501) and start == 0:
            self._chunk, self._takes_chunks = None, False
            raise self._session_lost(response)
        raise self._client.refused(response)

    def _send_bytes(self, request: Request, start: int, end: int) -> Response:
        """Send bytes of the blob with a request, once: the registry may have stored some of them."""
        headers = {"Content-Type": "application/octet-stream", **request.headers}
        body = Body(end - start, lambda: self._blob.pieces(start, end, self._count))
        return self._client.send(replace(request, headers=headers, body=body, attempts=1))

    def _count(self, count: int) -> None:
        self._client.deadline.check()
        self._sending(count)

    def _session_lost(self, response: Response) -> RegistryError:
        elsewhere = response.request.elsewhere
        if not elsewhere:
            return Transient(f"{self._action}: the registry lost the upload session")
        self._lost_elsewhere += 1
        if self._lost_elsewhere == 1:
            return Transient(f"{self._action}: {elsewhere} lost the upload session")
        # A new session went the same way.
        text = f"{self._action}: {self._client.endpoint.address} directs us to {elsewhere}, which answers {response.status}"
        return Misdirected(f"{text}, and the registry does not get the blob")


def _received(response: Response) -> Optional[int]:
    """The bytes that a `Range` says. distribution means none by `0-0`, so one byte counts as none and is sent again."""
    match = _RANGE.fullmatch(response.header("range"))
    if not match:
        return None
    last = int(match[1])
    return last + 1 if last else 0
