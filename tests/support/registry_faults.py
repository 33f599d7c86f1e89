"""What can go wrong at a request to the registry of tests."""

from __future__ import annotations

from typing import Callable, Dict, Optional

from tests.support.registry_messages import Request, Reset, Response, error
from tests.support.registry_server import Fault, RegistryServer


class Status(Fault):
    """Another answer, and nothing is done. `reads` is whether the body is read first."""

    def __init__(self, status: int, code: str = "UNKNOWN", headers: Optional[Dict[str, str]] = None) -> None:
        self.response = error(status, code, f"answer {status} of the test")
        self.response.headers.update(headers or {})

    def before(self, server: RegistryServer, request: Request) -> Optional[Response]:
        return self.response


class Unauthorized(Fault):
    """401 with the challenge that the registry always gives."""

    def before(self, server: RegistryServer, request: Request) -> Optional[Response]:
        return server.challenge(request) if request.host != "tokens" else error(401, "UNAUTHORIZED", "not now")


class ResetBefore(Fault):
    reads = False

    def before(self, server: RegistryServer, request: Request) -> Optional[Response]:
        raise Reset


class ResetAfter(Fault):
    """The work is done, and the response is lost."""

    def after(self, server: RegistryServer, request: Request, response: Response) -> Response:
        raise Reset


class Truncated(Fault):
    """The answer ends too early."""

    def after(self, server: RegistryServer, request: Request, response: Response) -> Response:
        response.missing = 10
        return response


class Stall(Fault):
    """No answer, until the server ends."""

    def before(self, server: RegistryServer, request: Request) -> Optional[Response]:
        server.released.wait(30)
        raise Reset


class Changed(Fault):
    """The answer, after a change."""

    def __init__(self, change: Callable[[RegistryServer, Request, Response], None]) -> None:
        self._change = change

    def after(self, server: RegistryServer, request: Request, response: Response) -> Response:
        self._change(server, request, response)
        return response


class LostSession(Fault):
    """The registry forgets all uploads under way."""

    def before(self, server: RegistryServer, request: Request) -> Optional[Response]:
        server.uploads.clear()
        return None


class ExpiredTokens(Fault):
    def before(self, server: RegistryServer, request: Request) -> Optional[Response]:
        if request.host == "registry":
            server.tokens.clear()
        return None


class BrokenBody(Fault):
    """The connection breaks after some bytes of the body have arrived."""

    def __init__(self, kept: int) -> None:
        self._kept = kept

    def before(self, server: RegistryServer, request: Request) -> Optional[Response]:
        request.body = request.body[: self._kept]
        server.handle(request, True)
        raise Reset


def relative_location(server: RegistryServer, request: Request, response: Response) -> None:
    location = response.headers.get("Location", "")
    response.headers["Location"] = location.replace(server.url("registry"), "")


def foreign_location(server: RegistryServer, request: Request, response: Response) -> None:
    """An upload goes on at storage elsewhere."""
    if request.step in ("begin", "mount", "PATCH upload", "GET upload") and response.status == 202:
        location = response.headers["Location"]
        response.headers["Location"] = location.replace(server.url("registry"), server.url("storage"))


def wrong_digest(server: RegistryServer, request: Request, response: Response) -> None:
    if "Docker-Content-Digest" in response.headers:
        response.headers["Docker-Content-Digest"] = f"sha256:{'0' * 64}"


def no_digest(server: RegistryServer, request: Request, response: Response) -> None:
    response.headers.pop("Docker-Content-Digest", None)


class AcceptedMount(Fault):
    """202: a session begins instead of the mount."""

    def before(self, server: RegistryServer, request: Request) -> Optional[Response]:
        request.query.pop("mount", None)
        return None
