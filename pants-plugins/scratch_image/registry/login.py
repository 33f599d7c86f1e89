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
    One without any of them is false: there is no login. A byte of a name or a password that is not UTF-8 is a character from
    U+DC80 to U+DCFF (PEP 383), and is sent as that byte."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of `Authorization`; empty without a name or a password."""
        if not (self.username and self.password):
            return ""
        return basic(*(value.encode("utf-8", "surrogateescape") for value in (self.username, self.password)))

    @property
    def mistake(self) -> str:
        """Why it cannot be sent, without showing it; empty if it can."""
        for name, value, errors in (
            ("name", self.username, "surrogateescape"),
            ("password", self.password, "surrogateescape"),
            ("identity token", self.identity_token, "strict"),
        ):
            try:
                value.encode("utf-8", errors)
            except UnicodeEncodeError:
                return f"its {name} has half of a surrogate pair, which is no character"
        if ":" in self.username and self.password:
            return "its name has a colon, which ends a name in HTTP"
        if self.registry_token and not HEADER_VALUE.fullmatch(self.registry_token):
            return "its registry token has a character that a header cannot carry"
        return ""

    @property
    def secrets(self) -> Tuple[str, ...]:
        """What must not be shown, with the form that is sent, and how others read bytes that are not UTF-8."""
        sent = "" if self.mistake else self.basic.partition(" ")[2]
        return (self.password, self.identity_token, self.registry_token, sent, *(self._readings if sent else ()))

    @property
    def _readings(self) -> Tuple[str, ...]:
        content = self.password.encode("utf-8", "surrogateescape")
        if content == self.password.encode("utf-8", "replace"):
            return ()
        return (content.decode("latin-1"), content.decode("utf-8", "replace"))

    def __bool__(self) -> bool:
        return bool((self.username and self.password) or self.identity_token or self.registry_token)
