"""A login at a registry."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Tuple

# A value that a header can carry (RFC 9110, section 5.5), without spaces.
HEADER_VALUE = re.compile("[!-~]+")


def basic(username: bytes, password: bytes) -> str:
    """The value of `Authorization` or `Proxy-Authorization` for a name and a password (RFC 7617)."""
    return "Basic " + base64.b64encode(username + b":" + password).decode("ascii")


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
        if not (self.username and self.password):
            return ""
        return basic(self.username.encode(), self.password.encode())

    @property
    def mistake(self) -> str:
        """Why it cannot be sent, without showing it; empty if it can."""
        for name, value in (("name", self.username), ("password", self.password), ("identity token", self.identity_token)):
            try:
                value.encode()
            except UnicodeEncodeError:
                return f"its {name} has half of a surrogate pair, which is no character"
        if ":" in self.username and self.password:
            return "its name has a colon, which ends a name in HTTP"
        if self.registry_token and not HEADER_VALUE.fullmatch(self.registry_token):
            return "its registry token has a character that a header cannot carry"
        return ""

    @property
    def secrets(self) -> Tuple[str, ...]:
        """What must not be shown, with the form that is sent."""
        sent = "" if self.mistake else self.basic.partition(" ")[2]
        return (self.password, self.identity_token, self.registry_token, sent)

    def __bool__(self) -> bool:
        return bool((self.username and self.password) or self.identity_token or self.registry_token)
