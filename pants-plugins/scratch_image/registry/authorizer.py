"""Authorizes requests to one registry: not at all, by Basic, or by Bearer tokens. The registry says so once a run."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Callable, Dict, Optional, Tuple

from scratch_image.registry import challenge as challenges
from scratch_image.registry.challenge import Challenge
from scratch_image.registry.credentials import Credentials, LoginResult
from scratch_image.registry.endpoint import Endpoint
from scratch_image.registry.errors import Refused
from scratch_image.registry.login import Login
from scratch_image.registry.request import Request, Response
from scratch_image.registry.tokens import Send, TokenServer

_BEARER = "Bearer "


class Authorizer:
    """Gives requests their `authorization`. `send` takes a request to a token server, with retries; `clock` gives monotonic
    seconds."""

    def __init__(self, endpoint: Endpoint, credentials: Credentials, send: Send, clock: Callable[[], float]) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._send = send
        self._clock = clock
        self._lock = threading.Lock()
        self._prepared = False
        self._challenge: Optional[Challenge] = None
        self._servers: Dict[Tuple[str, str, Login], TokenServer] = {}
        self._logins: Dict[str, LoginResult] = {}

    def prepare(self, ping: Callable[[], Response]) -> None:
        """Learn the challenge from the response to `GET /v2/`. One thread asks, the others wait. Raises what `ping` does."""
        with self._lock:
            if not self._prepared:
                self._learn(ping())
                self._prepared = True

    def authorize(self, request: Request, since: float = 0.0) -> Request:
        """The request with the authorization that the registry demands, as far as there is a login. A token is not older
        than the time `since`. Raises RegistryError."""
        challenge = self._challenge
        if challenge is None:
            return request
        login = self._find(request.repository).login
        header = _fixed(challenge, login)
        if header is None:
            try:
                header = _BEARER + self._server(challenge, login).token(request.scopes, since)
            except Refused as error:
                raise Refused("; ".join((error.text, *self.notes(request.repository))), error.cure, error.codes) from None
        return replace(request, authorization=header)

    def reauthorize(self, sent: Request, response: Response, since: float) -> Optional[Request]:
        """The request to send after the response 401 to `sent`, which was sent at the time `since`; None if none can help.
        Raises RegistryError."""
        self._learn(response)
        challenge = self._challenge
        if challenge is None:
            return None
        login = self._find(sent.repository).login
        header = _fixed(challenge, login)
        if header is None:
            self._server(challenge, login).forget(sent.authorization[len(_BEARER) :])
            scopes = tuple(dict.fromkeys((*challenge.scopes, *sent.scopes)))
            return self.authorize(replace(sent, scopes=scopes), since)
        return replace(sent, authorization=header) if header not in ("", sent.authorization) else None

    def notes(self, repository: str) -> Tuple[str, ...]:
        """Possible reasons for which the registry refuses a request."""
        found = self._find(repository)
        return found.notes if found.login else (f"no login for {self._endpoint.address} was found", *found.notes)

    def _learn(self, response: Response) -> None:
        challenge = challenges.choose(challenges.parse(response.header("www-authenticate")))
        if response.status != 401 or challenge is None:
            return
        if challenge.scheme == "bearer":
            self._endpoint.check_target(challenge.realm, "the login")
        self._challenge = challenge

    def _server(self, challenge: Challenge, login: Login) -> TokenServer:
        key = (challenge.realm, challenge.service, login)
        if key not in self._servers:
            server = TokenServer(challenge, login, self._send, self._clock, self._endpoint.secrets)
            self._servers.setdefault(key, server)
        return self._servers[key]

    def _find(self, repository: str) -> LoginResult:
        if repository not in self._logins:
            self._logins[repository] = self._credentials.find(self._endpoint.login_name, repository)
        return self._logins[repository]


def _fixed(challenge: Challenge, login: Login) -> Optional[str]:
    """The value of `Authorization` that needs no token server, empty without a login; None if a token must be requested."""
    if challenge.scheme == "basic":
        return login.basic
    return _BEARER + login.registry_token if login.registry_token else None
