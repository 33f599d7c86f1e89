"""Pins down what a finding about a user that the image does not know proposes."""

from __future__ import annotations

import pytest

from scratch_image.checks.findings import one_fix
from scratch_image.checks.judge import judge
from tests.support.facts import facts_of, spec_of

# `user`, the fix of the error, reason.
USERS = [
    ("root", 'name the ids: user="0"', "root has one id everywhere, and needs no file for it"),
    ("root:root", 'name the ids: user="0:0"', "its group as well"),
    ("root:0", 'name the ids: user="0:0"', "half by name"),
    ("0:root", 'name the ids: user="0:0"', "the other half"),
    ("1000:root", 'name the ids: user="1000:0"', "an arbitrary user in root's group, as on OpenShift"),
    ("root:wheel", 'name the ids: user="65532:65532"', "an unknown group"),
    ("me", 'name the ids: user="65532:65532"', "an unknown user"),
    ("me:root", 'name the ids: user="65532:65532"', "an unknown user in a known group"),
    ("nobody", 'runtime_files=["nonroot"]', "a name that the runtime files have"),
    ("nonroot:nonroot", 'runtime_files=["nonroot"]', "the same with a group"),
    ("root:staff", 'runtime_files=["nonroot"]', "a group that they have"),
]


@pytest.mark.parametrize(("user", "fix", "reason"), USERS, ids=[row[0] for row in USERS])
def test_the_proposed_user(user: str, fix: str, reason: str) -> None:
    spec = spec_of(user=user)
    errors = [each for each in one_fix(judge(spec, facts_of(), "").findings, spec) if each.severity == "error"]
    assert fix in [each.fix for each in errors], reason
