"""What a registry asks for in `WWW-Authenticate` (RFC 9110, section 11.6.1; RFC 6750, section 3; distribution's token
authentication). Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, List, Mapping, Optional, Tuple

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# A parameter, or a scheme, or a comma; RFC 9110, section 5.6.4 has the quoted string.
_PARAMETER = re.compile(rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))(?=[ \t]*(?:,|$))', re.DOTALL)
_SCHEME = re.compile(rf"({_TOKEN})(?:[ \t]+|(?=,)|$)")
_TOKEN68 = re.compile(r"[0-9A-Za-z._~+/-]+=*(?=[ \t]*(?:,|$))")
_SEPARATORS = re.compile(r"[ \t,]*")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_MAX_LENGTH = 16 << 10


@dataclass(frozen=True)
class Challenge:
    """One scheme in small letters, with its parameters; their names in small letters too."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def realm(self) -> str:
        return self.parameters.get("realm", "")

    @property
    def service(self) -> str:
        return self.parameters.get("service", "")

    @property
    def scopes(self) -> Tuple[str, ...]:
        """RFC 6749, section 3.3: scopes are separated by spaces."""
        return tuple(self.parameters.get("scope", "").split())


def parse(header: str) -> Tuple[Challenge, ...]:
    """The challenges of a header, in its order. What can not be read ends the list: a header is never an error, for a
    registry that asks for nothing readable is answered as one that asks for nothing."""
    header = header[:_MAX_LENGTH]
    found: List[Tuple[str, Dict[str, str]]] = []
    at = 0
    while True:
        at = _end(_SEPARATORS, header, at)
        parameter = _PARAMETER.match(header, at)
        if parameter:
            if not found:
                break
            quoted = parameter[2]
            value = parameter[3] if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
            # RFC 9110, section 11.2: a name occurs once; what comes first counts.
            found[-1][1].setdefault(parameter[1].lower(), value)
            at = parameter.end()
            continue
        scheme = _SCHEME.match(header, at)
        if not scheme:
            break
        found.append((scheme[1].lower(), {}))
        at = scheme.end()
        if not _PARAMETER.match(header, at):
            # `Negotiate dG9rZW4=`: what is no parameter belongs to the scheme, and no registry's scheme has it.
            at = _end(_TOKEN68, header, at) if _followed_by_end(header, at) else at
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def choose(challenges: Tuple[Challenge, ...]) -> Optional[Challenge]:
    """The one to answer: Bearer before Basic, as its tokens say less than a password."""
    for scheme in ("bearer", "basic"):
        for challenge in challenges:
            if challenge.scheme == scheme and (scheme == "basic" or challenge.realm):
                return challenge
    return None


def _followed_by_end(header: str, at: int) -> bool:
    """Whether a token68 stands here, and not the next scheme: `Basic, Bearer realm=…`."""
    match = _TOKEN68.match(header, at)
    return bool(match) and header[at - 1 : at] in (" ", "\t")


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
