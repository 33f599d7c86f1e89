"""How we identify ourselves at one registry: nothing, Basic, or Bearer tokens; found out once a run, for all images."""

from __future__ import annotations

import threading
from typing import Callable, Optional, Tuple

from scratch_image.registry import challenge as challenges
from scratch_image.registry.challenge import Challenge
from scratch_image.registry.credentials import Credentials, Found, Login
from scratch_image.registry.endpoint import Endpoint
from scratch_image.registry.tokens import Ask, Scopes, TokenServer
from scratch_image.registry.transport import Answer


class Authority:
    """`ask` makes a request to a token server, with retries; `clock` gives monotonic seconds."""

    def __init__(self, endpoint: Endpoint, credentials: Credentials, ask: Ask, clock: Callable[[], float]) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._known = False
        self._challenge: Optional[Challenge] = None
        self._servers: dict[Tuple[str, str, Optional[Login]], TokenServer] = {}
        self._found: dict[str, Found] = {}

    def prepare(self, ping: Callable[[], Answer]) -> None:
        """Learns from the answer to `GET /v2/` what the registry asks for, once; the others wait for it."""
        with self._lock:
            if not self._known:
                self._learn(ping())
                self._known = True

    def header(self, repository: str, scopes: Scopes, since: float = 0.0) -> Optional[str]:
        """The value of `Authorization` for a request; None for no such header. A token from before `since` does not count.
        Raises RegistryError."""
        challenge = self._challenge
        if challenge is None:
            return None
        login = self._login(repository)
        if challenge.scheme == "basic":
            return login.basic if login else None
        if login and login.registry_token:
            return f"Bearer {login.registry_token}"
        return f"Bearer {self._server(challenge, login).token(scopes, since)}"

    def again(self, answer: Answer, sent: Optional[str], repository: str) -> Tuple[bool, Scopes]:
        """After a 401 to a request that had the header `sent`: (whether another try may help, what scopes it demands)."""
        self._learn(answer)
        challenge = self._challenge
        if challenge is None:
            return False, ()
        login = self._login(repository)
        if challenge.scheme == "basic":
            return bool(login and login.basic) and sent != (login.basic if login else None), challenge.scopes
        if sent and sent.startswith("Bearer "):
            self._server(challenge, login).forget(sent[len("Bearer ") :])
            if login and sent == f"Bearer {login.registry_token}":
                return False, ()
        return True, challenge.scopes

    def notes(self, repository: str) -> Tuple[str, ...]:
        """What may be the reason where the registry refuses us."""
        found = self._find(repository)
        if found.login:
            return found.notes
        return (f"no login for {self._endpoint.address} was found", *found.notes)

    def _learn(self, answer: Answer) -> None:
        challenge = challenges.choose(challenges.parse(answer.header("www-authenticate")))
        if answer.status != 401 or challenge is None:
            return
        if challenge.scheme == "bearer":
            self._endpoint.allow(challenge.realm, "our login")
        self._challenge = challenge

    def _server(self, challenge: Challenge, login: Optional[Login]) -> TokenServer:
        key = (challenge.realm, challenge.service, login)
        server = self._servers.get(key)
        if server is None:
            server = self._servers.setdefault(key, TokenServer(challenge, login, self._ask, self._clock))
        return server

    def _login(self, repository: str) -> Optional[Login]:
        return self._find(repository).login

    def _find(self, repository: str) -> Found:
        if repository not in self._found:
            self._found[repository] = self._credentials.find(self._endpoint.login_name, repository)
        return self._found[repository]
