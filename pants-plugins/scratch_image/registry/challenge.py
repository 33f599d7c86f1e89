"""Challenges in `WWW-Authenticate` (RFC 9110, section 11.6.1; RFC 6750, section 3; distribution's token authentication)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, List, Mapping, Optional, Tuple

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# RFC 9110, section 5.6.4: the quoted string.
_PARAMETER = re.compile(rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))(?=[ \t]*(?:,|$))', re.DOTALL)
_SCHEME = re.compile(rf"({_TOKEN})(?:[ \t]+|(?=,)|$)")
# After a space: `Basic, Bearer realm=…` has none.
_TOKEN68 = re.compile(r"(?<=[ \t])[0-9A-Za-z._~+/-]+=*(?=[ \t]*(?:,|$))")
_SEPARATORS = re.compile(r"[ \t,]*")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_MAX_LENGTH = 16 << 10


@dataclass(frozen=True)
class Challenge:
    """One scheme with its parameters; scheme and names of parameters are in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def realm(self) -> str:
        """The URL of the token server, for Bearer."""
        return self.parameters.get("realm", "")

    @property
    def service(self) -> str:
        """The name of the registry at the token server."""
        return self.parameters.get("service", "")

    @property
    def scopes(self) -> Tuple[str, ...]:
        """The scopes that a token needs (RFC 6749, section 3.3: separated by spaces)."""
        return tuple(self.parameters.get("scope", "").split())


def parse(header: str) -> Tuple[Challenge, ...]:
    """The challenges of a header, in its order. What cannot be parsed ends the list: the registry is asked without a login
    then, and may refuse that."""
    header = header[:_MAX_LENGTH]
    challenges: List[Tuple[str, Dict[str, str]]] = []
    at = 0
    while True:
        at = _end(_SEPARATORS, header, at)
        parameter = _PARAMETER.match(header, at)
        if parameter:
            if not challenges:
                break
            quoted = parameter[2]
            value = parameter[3] if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
            # RFC 9110, section 11.2: a name occurs once; the first counts.
            challenges[-1][1].setdefault(parameter[1].lower(), value)
            at = parameter.end()
            continue
        scheme = _SCHEME.match(header, at)
        if not scheme:
            break
        challenges.append((scheme[1].lower(), {}))
        at = scheme.end()
        if not _PARAMETER.match(header, at):
            # `Negotiate dG9rZW4=`: it belongs to the scheme, which no registry uses.
            at = _end(_TOKEN68, header, at)
    return tuple(Challenge(scheme, parameters) for scheme, parameters in challenges)


def choose(challenges: Tuple[Challenge, ...]) -> Optional[Challenge]:
    """The challenge to answer, None if there is none: Bearer before Basic, because a token reveals less than a password."""
    for scheme in ("bearer", "basic"):
        for challenge in challenges:
            if challenge.scheme == scheme and (scheme == "basic" or challenge.realm):
                return challenge
    return None


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
