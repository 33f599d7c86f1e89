"""From the field `allow` and the options to a Policy, or to the mistakes in them. Pure."""

from __future__ import annotations

from typing import Mapping, Tuple

from scratch_image.checks.findings import Policy
from scratch_image.checks.table import SEVERITIES, known_check
from scratch_image.image.field_reader import FieldReader, Mistake
from scratch_image.oci.suggest import did_you_mean


def read_policy(allow: object, fail_on: str, severity: Mapping[str, str]) -> Tuple[Policy, Tuple[Mistake, ...]]:
    """`allow` is the field as written. With a mistake, the policy means nothing."""
    read = FieldReader({"allow": allow})
    allowed = read.many("allow", _allowed, '["SR010"]')
    if fail_on not in ("error", "warning"):
        near = did_you_mean(str(fail_on).lower(), ("error", "warning"), "write one of them")
        read.mistake("option `[scratch-image].fail_on`", f"expected 'error' or 'warning', got {fail_on!r}; {near}")
    for check, level in severity.items():
        where = f"option `[scratch-image].severity`, key {check!r}"
        read.parsed(where, known_check, check, None)
        if level not in SEVERITIES:
            read.mistake(where, f"unknown severity {level!r}; {did_you_mean(str(level).lower(), SEVERITIES)}")
    return Policy(fail_on, dict(severity), frozenset(allowed)), tuple(read.mistakes)


def _allowed(value: object) -> str:
    check = known_check(value)
    if not check.allowable:
        raise ValueError(f"{check.id} cannot be accepted: such an image never runs")
    return check.id
