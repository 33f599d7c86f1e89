"""Expressions of licenses (SPDX 2.3, annex D). Pure."""

from __future__ import annotations

import re
from typing import List

# A colon would name a license of another document, and there is none.
_TOKEN = re.compile(r"\s*([()]|[A-Za-z0-9][A-Za-z0-9.-]*\+?)")
_JOINING = ("AND", "OR", "WITH")
_NOT_JOINED = ("NONE", "NOASSERTION")
_EXCEPTION_ID = re.compile(r"(?!(?:AND|OR|WITH)$|LicenseRef-)[A-Za-z0-9][A-Za-z0-9.-]*")
_LICENSE_ID = re.compile(rf"LicenseRef-[A-Za-z0-9.-]+|{_EXCEPTION_ID.pattern}\+?")
# What stands before the next token: where a license is wanted, a license, its WITH, or what takes no WITH.
_WANTED, _LICENSE, _WITH, _WHOLE = range(4)
_EXAMPLE = "'MIT', 'Apache-2.0 OR MIT', or 'LicenseRef-proprietary' for one that SPDX does not list"


def check(text: str) -> str:
    """The expression, if its form is valid; that SPDX lists its licenses is not checked. Raises ValueError with the cure."""
    tokens: List[str] = []
    at, stripped = 0, text.strip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if not match:
            raise ValueError(f"{text!r} is not an expression of SPDX licenses; for example {_EXAMPLE}")
        tokens.append(match[1])
        at = match.end()
    if not _is_expression(tokens):
        lower = next((token for token in tokens if token.upper() in _JOINING and token not in _JOINING), "")
        cure = f"write {lower.upper()} for {lower!r}" if lower else f"for example {_EXAMPLE}"
        raise ValueError(f"{text!r} is not an expression of SPDX licenses; {cure}")
    return " ".join(tokens).replace("( ", "(").replace(" )", ")")


def _is_expression(tokens: List[str]) -> bool:
    """Licenses and words between them take turns, and parentheses are in pairs; an exception is of one license."""
    depth, state = 0, _WANTED
    for token in tokens:
        if token in ("AND", "OR") and state in (_LICENSE, _WHOLE):
            state = _WANTED
        elif token == "WITH" and state == _LICENSE:
            state = _WITH
        elif token == "(" and state == _WANTED:
            depth += 1
        elif token == ")" and state in (_LICENSE, _WHOLE) and depth:
            depth, state = depth - 1, _WHOLE
        elif state == _WANTED and _LICENSE_ID.fullmatch(token) and (token not in _NOT_JOINED or len(tokens) == 1):
            state = _LICENSE
        elif state == _WITH and _EXCEPTION_ID.fullmatch(token):
            state = _WHOLE
        else:
            return False
    return not depth and state in (_LICENSE, _WHOLE)
