"""Pins down that docs/checks.md has for each check what it says: the samples are made by the checks themselves."""

from __future__ import annotations

import pytest

from scratch_image.checks.table import CHECKS
from tests.support import check_samples
from tests.support.check_samples import sample, shown
from tests.support.check_sources import SOURCES


@pytest.mark.parametrize("check", list(CHECKS))
def test_a_sample_of_each_check(check):
    findings = sample(check)
    assert findings and {finding.check for finding in findings} == {check}
    assert findings[0].severity == CHECKS[check].severity, "the usual case, not a special one"
    lines = shown(check).splitlines()
    assert lines[0].startswith(f"  {check}  {findings[0].severity}: ") and lines[1].startswith("         fix: ")


def test_no_sample_of_a_check_that_is_no_more():
    assert set(check_samples._SAMPLES) <= set(CHECKS)


def test_each_check_has_a_source_and_an_example_of_its_own():
    assert set(SOURCES) == set(CHECKS)
    assert all(not source.endswith(".") for source in SOURCES.values())
    examples = [shown(check).replace(check, "") for check in CHECKS]
    assert len(set(examples)) == len(examples)
