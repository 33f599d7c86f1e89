"""From the field `allow` and the options to a Policy, or to the mistakes in them. Pure."""

from __future__ import annotations

from typing import List, Mapping, Tuple

from scratch_image.checks.findings import Policy
from scratch_image.checks.table import SEVERITIES, known_check
from scratch_image.image.field_reader import Mistake


def read_policy(allow: object, fail_on: str, severity: Mapping[str, str]) -> Tuple[Policy, Tuple[Mistake, ...]]:
    """`allow` is the field as written. With a mistake, the policy means nothing."""
    mistakes: List[Mistake] = []
    allowed = _allowed(allow, mistakes)
    if fail_on not in ("error", "warning"):
        mistakes.append(Mistake("option `[scratch-image].fail_on`", f"{fail_on!r} is neither 'error' nor 'warning'"))
    for check, level in severity.items():
        where = f"option `[scratch-image].severity`, key {check!r}"
        try:
            known_check(check)
        except ValueError as error:
            mistakes.append(Mistake(where, str(error)))
        if level not in SEVERITIES:
            mistakes.append(Mistake(where, f"{level!r} is no severity; use one of {', '.join(SEVERITIES)}"))
    return Policy(fail_on, dict(severity), frozenset(allowed)), tuple(mistakes)


def _allowed(allow: object, mistakes: List[Mistake]) -> List[str]:
    where = "field `allow`"
    if allow is None:
        return []
    if not isinstance(allow, (list, tuple)):
        mistakes.append(Mistake(where, f"{allow!r} is not a list; write ['SR010']"))
        return []
    allowed = []
    for value in allow:
        try:
            check = known_check(value)
        except ValueError as error:
            mistakes.append(Mistake(where, str(error)))
            continue
        if not check.allowable:
            mistakes.append(Mistake(where, f"{check.id} can not be accepted: such an image never runs"))
        allowed.append(check.id)
    return allowed
