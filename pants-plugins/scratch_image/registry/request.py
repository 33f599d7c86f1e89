"""A request and its response, as values that authorization, redirects, retries and transport take and return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Iterable, Mapping, Optional, Tuple, Union

# How often a request is sent if it may succeed.
ATTEMPTS = 6


@dataclass(frozen=True)
class Body:
    """`size` bytes, which `chunks` gives anew for each attempt."""

    size: int
    chunks: Callable[[], Iterable[Union[bytes, memoryview]]]

    @classmethod
    def of(cls, content: bytes) -> Body:
        """A body that is in memory."""
        return cls(len(content), lambda: (content,))


# Takes status and headers of a response that succeeds, and returns what takes its body, piece by piece.
Sink = Callable[[int, Mapping[str, str]], Callable[[bytes], None]]


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    `action` says in errors what it does: `reading 1.2`. `repository` decides which login authorizes it, and `scopes` what a
    token is for (distribution, docs/spec/auth/scope.md; the most important first). `authorization` is the header of that
    name, which only the registry's origin gets. `attempts` is how often it may be sent. `elsewhere` is the origin if it is
    not the registry's own, but one to which the registry directs us. If it `ignores_body`, a response may have any size. The
    body of a 200 or 206 goes to the `sink`, if there is one, and not into the response.
    """

    action: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Optional[Body] = field(default=None, repr=False)
    repository: str = ""
    scopes: Tuple[str, ...] = ()
    authorization: str = field(default="", repr=False)
    attempts: int = ATTEMPTS
    elsewhere: str = ""
    ignores_body: bool = False
    sink: Optional[Sink] = field(default=None, repr=False)


@dataclass(frozen=True)
class Response:
    """The response to `request`, which is the last one after redirects. `headers` have lower-case names; several values of a
    name are joined by commas."""

    request: Request
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """The value of a header, by its lower-case name; empty if there is none."""
        return self.headers.get(name, "")
