"""One blob out of a repository, into a file; after an interruption only the rest is asked for.

distribution-spec 1.1.1, "Pulling blobs": a registry "SHOULD support the `Range` request header". One that does not sends the
blob from its beginning again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import BinaryIO, Callable, Mapping

from scratch_image.oci.digest import Digest
from scratch_image.oci.numbers import counted, digits
from scratch_image.registry.errors import ProtocolError, RegistryError, Transient
from scratch_image.registry.repository import Repository
from scratch_image.registry.request import ATTEMPTS

_ATTEMPTS = 8
# How often all of a blob is downloaded if its digest is wrong: a proxy may have damaged it once.
_WHOLE = 2
# The responses of a registry that does not send a part of a blob.
_NO_RANGE = (400, 405, 416, 501)
_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/(?:[0-9]{1,18}|\*)")


class Download:
    """The download of a blob of `size` bytes into a new `file`."""

    def __init__(self, repository: Repository, digest: Digest, size: int, file: BinaryIO) -> None:
        self._repository = repository
        self._client = repository.client
        self._digest = digest
        self._size = size
        self._file = file
        self._action = f"reading blob {digest}"
        self._received = 0
        self._takes_ranges = True
        self._hasher = hashlib.sha256()

    def run(self) -> None:
        """Download until the file has the blob's bytes. Raises RegistryError."""
        for _ in range(_WHOLE):
            self._start_again()
            self._download()
            if self._hasher.hexdigest() == self._digest.hex:
                self._file.flush()
                return
        raise ProtocolError(f"{self._action}: the registry sent other bytes")

    def _start_again(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._received, self._hasher = 0, hashlib.sha256()

    def _download(self) -> None:
        tried = furthest = 0
        while True:
            try:
                self._ask()
                if self._received == self._size:
                    return
                text = f"{self._action}: it ended after {digits(self._received)} of {counted(self._size, 'byte')}"
                failure = Transient(text)
            except Transient as error:
                self._client.deadline.check()
                if self._received == self._size:
                    # The connection broke after the last byte.
                    return
                failure = error
            if self._received > furthest:
                # While it advances, only the deadline ends it.
                furthest, tried = self._received, 0
            tried += 1
            if tried >= _ATTEMPTS:
                raise RegistryError(failure.text, failure.cure)
            self._client.retry.pause(min(tried, ATTEMPTS), failure)

    def _ask(self) -> None:
        """Ask once for what is missing."""
        request = self._repository.request(self._action, "GET", f"blobs/{self._digest}")
        resumes = self._received > 0 and self._takes_ranges
        headers = {"Range": f"bytes={self._received}-"} if resumes else {}
        response = self._client.send(replace(request, headers=headers, attempts=1, sink=self._sink))
        if resumes and response.status in _NO_RANGE:
            self._takes_ranges = False
            raise self._client.transient(response)
        if response.status not in (200, 206):
            raise self._client.refused(response)

    def _sink(self, status: int, headers: Mapping[str, str]) -> Callable[[bytes], None]:
        match = _RANGE.fullmatch(headers.get("content-range", ""))
        if status == 206 and (match is None or int(match[1]) != self._received):
            raise ProtocolError(f"{self._action}: the registry sent another part than the one that was asked for")
        if status == 200:
            self._start_again()
        return self._take

    def _take(self, piece: bytes) -> None:
        self._client.deadline.check()
        self._received += len(piece)
        if self._received > self._size:
            raise ProtocolError(f"{self._action}: the registry sent more than its {counted(self._size, 'byte')}")
        self._hasher.update(piece)
        self._file.write(piece)
