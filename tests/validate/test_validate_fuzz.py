"""Pins down that any layout and archive gives a report: a short run of `fuzz.py`."""

from __future__ import annotations

from tests.validate.fuzz import make, run

SEED = 7


def test_two_thousand_inputs_give_reports() -> None:
    result = run(range(2_000), SEED, timed=False)
    assert result.failures == []
    assert result.count == 2_000
    assert result.found > 1_400, "most changes are defects"
    assert result.unreadable < 200, "what is unreadable tries little"


def test_an_input_is_made_of_its_number_alone() -> None:
    """So that a failure can be made again without the inputs before it."""
    assert [make(number, SEED) for number in range(100)] == [make(number, SEED) for number in range(100)]
