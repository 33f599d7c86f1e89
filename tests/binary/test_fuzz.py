"""Pins down that any bytes give facts: a short run of `fuzz.py`, which `.ci/run` runs at length."""

from __future__ import annotations

from scratch_image.binary.blame import blame
from tests.binary.fuzz import Maker, bases, run

SEED = 7


def test_twenty_thousand_inputs_give_facts() -> None:
    result = run(range(20_000), SEED, corpus=None, save=None, timed=False)
    assert result.failures == []
    assert result.count == 20_000
    assert result.parsed > 5_000, "most inputs must get past the header, or little is tried"


def test_an_input_is_made_of_its_number_alone() -> None:
    """So that a failure can be made again without the inputs before it."""
    one, other = Maker(*bases(), SEED), Maker(*bases(), SEED)
    for number in range(300):
        given = one.make(number)
        given.undo() if number % 2 else None
        if number % 2 == 0:
            again = other.make(number)
            assert bytes(given.view) == bytes(again.view)
            given.undo()
            again.undo()


def test_a_sample_is_whole_again_after_its_changes() -> None:
    small, large = bases()
    maker = Maker(small, large, SEED)
    for number in range(2_000):
        maker.make(number).undo()
    assert [base.content for base in small] == [base.content for base in bases()[0]]


def test_any_bytes_have_parts() -> None:
    maker = Maker(*bases(), SEED)
    for number in range(2_000):
        made = maker.make(number)
        assert sum(part.size for part in blame(made.view)) == len(made.view)
        made.undo()
