"""Bearer tokens: asked for, kept while they are valid, shared by all images of a run.

Sources: distribution, docs/spec/auth/token.md (GET with scopes) and oauth.md (POST with a refresh token);
scope.md (`repository:name:pull,push`).
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Callable, Dict, FrozenSet, List, Mapping, Optional, Tuple
from urllib.parse import urlencode

from scratch_image.registry.challenge import Challenge
from scratch_image.registry.credentials import Login
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.transport import Answer, Body

# token.md: "If omitted, this defaults to 60 seconds".
_SHORTEST = 60.0
# Renewed this long before the end, so that a token does not expire between being chosen and being read.
_MARGIN = 10.0
CLIENT = "scratch_image"
# (what is done, method, URL, headers, body) → the answer, after retries, whatever its status.
Ask = Callable[[str, str, str, Mapping[str, str], Optional[Body]], Answer]
Scopes = Tuple[str, ...]


@dataclass(frozen=True)
class Token:
    """`start` and `end` are seconds of the clock."""

    value: str = field(repr=False)
    start: float
    end: float


class TokenServer:
    """The realm that a challenge names. `clock` gives monotonic seconds: the server's own dates are not believed."""

    def __init__(self, challenge: Challenge, login: Optional[Login], ask: Ask, clock: Callable[[], float]) -> None:
        self.challenge = challenge
        self._login = login
        self._ask = ask
        self._clock = clock
        self._tokens: Dict[FrozenSet[str], Token] = {}
        self._asking: Dict[FrozenSet[str], threading.Lock] = {}
        self._lock = threading.Lock()

    def token(self, scopes: Scopes, since: float) -> str:
        """A token for all of `scopes`, the most important first: some servers grant only that one. Those from before the
        time `since` do not count. Raises RegistryError."""
        wanted = frozenset(scopes)
        with self._lock:
            asking = self._asking.setdefault(wanted, threading.Lock())
        # One thread asks, the others use what it got.
        with asking:
            with self._lock:
                kept = [token for granted, token in self._tokens.items() if wanted <= granted]
            newest = max(kept, key=lambda token: token.start, default=None)
            if newest is None or newest.start < since or self._clock() >= newest.end:
                newest = self._request(scopes)
                with self._lock:
                    self._tokens[wanted] = newest
            return newest.value

    def forget(self, value: str) -> None:
        """Drops a token that the registry did not take."""
        with self._lock:
            self._tokens = {scopes: token for scopes, token in self._tokens.items() if token.value != value}

    def _request(self, scopes: Scopes) -> Token:
        login = self._login
        if login and login.identity_token:
            answer = self._post(login.identity_token, scopes)
            # oauth.md: servers without the POST flow answer 404 or 405.
            if answer.status not in (404, 405) or not login.basic:
                return self._parse(answer)
        return self._parse(self._get(scopes))

    def _get(self, scopes: Scopes) -> Answer:
        query: List[Tuple[str, str]] = [("service", self.challenge.service)] if self.challenge.service else []
        query += [("scope", scope) for scope in scopes]
        realm = self.challenge.realm
        separator = "&" if "?" in realm else "?"
        basic = self._login.basic if self._login else None
        headers = {"Authorization": basic} if basic else {}
        return self._ask("asking for a token", "GET", f"{realm}{separator}{urlencode(query)}", headers, None)

    def _post(self, refresh_token: str, scopes: Scopes) -> Answer:
        form = {
            "grant_type": "refresh_token",
            "service": self.challenge.service,
            "client_id": CLIENT,
            "scope": " ".join(scopes),
            "refresh_token": refresh_token,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = Body.of(urlencode(form).encode("ascii"))
        return self._ask("asking for a token", "POST", self.challenge.realm, headers, body)

    def _parse(self, answer: Answer) -> Token:
        try:
            data = json.loads(answer.body)
            value = data.get("token") or data.get("access_token")
            seconds = data.get("expires_in") or _SHORTEST
            # A header's value: RFC 6750, section 2.1 has no spaces and no line ends in a token.
            if not isinstance(value, str) or not value.isascii() or not value.isprintable() or " " in value:
                raise ValueError
            seconds = max(_SHORTEST, float(seconds))
        except (ValueError, TypeError, AttributeError, RecursionError):
            # Not what it said: that may be a token.
            raise RegistryError(
                f"asking for a token: {self.challenge.realm.partition('?')[0]} answered {answer.status}, but with no token",
                "ask whoever runs the registry",
            ) from None
        now = self._clock()
        return Token(value, now, now + seconds - _MARGIN)
