"""A login at a registry."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field


def basic(username: str, password: str) -> str:
    """The value of `Authorization` or `Proxy-Authorization` for a name and a password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


@dataclass(frozen=True)
class Login:
    """A name with a password, an identity token (OAuth 2.0's refresh token), or a registry token, which is sent unchanged.
    One without any of them is false: there is no login."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of `Authorization`; empty without a name or a password."""
        return basic(self.username, self.password) if self.username and self.password else ""

    def __bool__(self) -> bool:
        return bool(self.basic or self.identity_token or self.registry_token)
