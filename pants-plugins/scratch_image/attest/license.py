"""Expressions of licenses (SPDX 2.3, annex D). Pure."""

from __future__ import annotations

import re
from typing import List

_TOKEN = re.compile(r"\s*([()]|[A-Za-z0-9][A-Za-z0-9.:-]*\+?)")
_JOINING = ("AND", "OR", "WITH")
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
    """Licenses and words between them take turns, and parentheses are in pairs."""
    depth, wants_license = 0, True
    for token in tokens:
        if token == "(" and wants_license:
            depth += 1
        elif token == ")" and not wants_license and depth:
            depth -= 1
        elif token in _JOINING and not wants_license:
            wants_license = True
        elif token not in (*_JOINING, "(", ")") and wants_license:
            wants_license = False
        else:
            return False
    return bool(tokens) and not depth and not wants_license
