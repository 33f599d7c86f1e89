"""How the registry of tests authorizes requests: its challenges, its logins and its tokens."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Dict, Optional, Set, Tuple
from urllib.parse import parse_qs

from tests.support.registry_messages import ROUTES, Request, Response, error


class RegistryTokens:
    """`auth` is `none`, `basic` or `token`."""

    def __init__(self, auth: str, login: Tuple[str, str], refresh_token: str, token_seconds: int) -> None:
        self.auth = auth
        self.login = login
        self.refresh_token = refresh_token
        self.token_seconds = token_seconds
        self.tokens: Dict[str, Set[str]] = {}

    def url(self, host: str) -> str:
        raise NotImplementedError

    def _refuse(self, request: Request) -> Optional[Response]:
        sent = request.headers.get("authorization", "")
        if self.auth == "basic" and sent != _basic(*self.login):
            return self.challenge(request)
        if self.auth == "token":
            scopes = self.tokens.get(sent[len("Bearer ") :], set())
            wanted = self._scopes(request)
            if not sent.startswith("Bearer ") or sent[len("Bearer ") :] not in self.tokens or not wanted <= scopes:
                return self.challenge(request)
        return None

    def challenge(self, request: Request) -> Response:
        response = error(401, "UNAUTHORIZED", "authentication required")
        response.headers["WWW-Authenticate"] = self._asked(request)
        return response

    def _asked(self, request: Request) -> str:
        if self.auth == "basic":
            return 'Basic realm="tests"'
        scope = " ".join(sorted(self._scopes(request)))
        return f'Bearer realm="{self.url("tokens")}/token",service="tests"' + (f',scope="{scope}"' if scope else "")

    def _scopes(self, request: Request) -> Set[str]:
        for _, pattern in ROUTES:
            match = pattern.fullmatch(request.path)
            if match:
                actions = "pull" if request.method in ("GET", "HEAD") else "pull,push"
                others = {f"repository:{name}:pull" for name in request.query.get("from", ())}
                return {f"repository:{match[1]}:{actions}"} | others
        return set()

    def _token(self, request: Request) -> Response:
        if request.method == "POST":
            form = parse_qs(request.body.decode())
            if not self.refresh_token or form.get("refresh_token") != [self.refresh_token]:
                return error(401, "UNAUTHORIZED", "unknown refresh token")
            asked, key = " ".join(form.get("scope", [])).split(), "access_token"
        else:
            if request.headers.get("authorization") != _basic(*self.login):
                return error(401, "UNAUTHORIZED", "wrong name or password")
            asked, key = request.query.get("scope", []), "token"
        granted = set()
        for scope in asked:
            kind, name, actions = scope.split(":")
            granted |= {f"{kind}:{name}:pull", f"{kind}:{name}:{actions}"}
        token = f"token-{uuid.uuid4().hex}"
        self.tokens[token] = granted
        return Response(200, {}, json.dumps({key: token, "expires_in": self.token_seconds}).encode())


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
