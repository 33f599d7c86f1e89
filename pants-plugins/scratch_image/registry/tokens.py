"""Bearer tokens: requested, kept while they are valid, and shared by all images of a run.

distribution, docs/spec/auth: token.md (GET with scopes), oauth.md (POST with a refresh token), scope.md.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, FrozenSet, List, Tuple
from urllib.parse import urlencode

from scratch_image.registry import json_object
from scratch_image.registry.challenge import Challenge
from scratch_image.registry.errors import ProtocolError
from scratch_image.registry.login import HEADER_VALUE, Login
from scratch_image.registry.request import Body, Request, Response
from scratch_image.registry.secrets import Secrets

# token.md: "If omitted, this defaults to 60 seconds".
_SHORTEST = 60.0
_LONGEST = 86400.0
# Seconds before its end after which a token is not used: it must not expire on its way.
_MARGIN = 10.0
_CLIENT = "scratch_image"
# The members of an answer that nobody else may know.
_SECRETS = ("token", "access_token", "refresh_token", "id_token")
_ACTION = "requesting a token"
Send = Callable[[Request], Response]
Scopes = Tuple[str, ...]


@dataclass(frozen=True)
class Token:
    """A token, valid from `start` to `end` in seconds of a monotonic clock."""

    value: str = field(repr=False)
    start: float
    end: float


class TokenServer:
    """The realm of a challenge. `send` takes a request to it, with retries; `clock` gives monotonic seconds, because the
    server's own dates are not trusted. Its tokens become known `secrets`."""

    def __init__(self, challenge: Challenge, login: Login, send: Send, clock: Callable[[], float], secrets: Secrets) -> None:
        self._challenge = challenge
        self._login = login
        self._send = send
        self._clock = clock
        self._secrets = secrets
        self._tokens: Dict[FrozenSet[str], Token] = {}
        self._requesting: Dict[FrozenSet[str], threading.Lock] = {}
        self._lock = threading.Lock()

    def token(self, scopes: Scopes, since: float) -> str:
        """A token for all of `scopes`, requested at or after the time `since`. The most important scope comes first, because
        some servers grant only that one. Raises RegistryError."""
        wanted = frozenset(scopes)
        with self._lock:
            requesting = self._requesting.setdefault(wanted, threading.Lock())
        # One thread requests it, the others use it.
        with requesting:
            with self._lock:
                kept = [token for granted, token in self._tokens.items() if wanted <= granted]
            newest = max(kept, key=lambda token: token.start, default=None)
            if newest is None or newest.start < since or self._clock() >= newest.end:
                newest = self._request(scopes)
                with self._lock:
                    self._tokens[wanted] = newest
            return newest.value

    def forget(self, value: str) -> None:
        """Drop a token that the registry rejected."""
        with self._lock:
            self._tokens = {scopes: token for scopes, token in self._tokens.items() if token.value != value}

    def _request(self, scopes: Scopes) -> Token:
        if self._login.identity_token:
            response = self._send(self._post(scopes))
            # oauth.md: servers without this flow answer 404 or 405.
            if response.status not in (404, 405) or not self._login.basic:
                return self._parse(response)
        return self._parse(self._send(self._get(scopes)))

    def _get(self, scopes: Scopes) -> Request:
        challenge = self._challenge
        query: List[Tuple[str, str]] = [("service", challenge.service)] if challenge.service else []
        query += [("scope", scope) for scope in scopes]
        separator = "&" if "?" in challenge.realm else "?"
        url = f"{challenge.realm}{separator}{urlencode(query)}"
        return Request(_ACTION, "GET", url, authorization=self._login.basic)

    def _post(self, scopes: Scopes) -> Request:
        form = {
            "grant_type": "refresh_token",
            "service": self._challenge.service,
            "client_id": _CLIENT,
            "scope": " ".join(scopes),
            "refresh_token": self._login.identity_token,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Request(_ACTION, "POST", self._challenge.realm, headers, Body.of(urlencode(form).encode("ascii")))

    def _parse(self, response: Response) -> Token:
        try:
            data: Dict[str, Any] = json_object.parse(response.body)
            value = data.get("token") or data.get("access_token") or ""
            texts = json_object.texts(data)
            self._secrets.add(*(texts.get(name, "") for name in _SECRETS))
            if not HEADER_VALUE.fullmatch(value):
                raise ValueError
        except (ValueError, TypeError):
            # Without the body, which may hold a token.
            server = self._secrets.foreign(self._challenge.realm.partition("?")[0])
            raise ProtocolError(f"{_ACTION}: {server} answered {response.status} without a valid token") from None
        now = self._clock()
        return Token(value, now, now + _seconds(data.get("expires_in")) - _MARGIN)


def _seconds(value: object) -> float:
    """How long a token is valid: at least a minute, and not for ever."""
    try:
        return max(_SHORTEST, min(float(value), _LONGEST)) if isinstance(value, (int, float, str)) else _SHORTEST
    except ValueError:
        return _SHORTEST
    except OverflowError:
        return _LONGEST
