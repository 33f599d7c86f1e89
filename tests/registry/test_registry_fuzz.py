"""Pins down that whatever comes from outside is read, or an error of ours: a short run of `fuzz.py`."""

from __future__ import annotations

import pytest

from tests.registry.fuzz import READERS, make, run

SEED = 11
# Readers that must refuse many inputs, or little is tried.
REFUSES = {"token": 1000, "challenge": 500, "headers": 400, "proxies": 500, "http": 200}


@pytest.mark.parametrize("name", READERS)
def test_inputs_are_read_or_refused(name: str) -> None:
    count = 500 if name == "http" else 2000
    result = run(name, range(count), SEED)
    assert result.failures == []
    assert result.count == count and REFUSES.get(name, 0) * count / 2000 <= result.refused <= count


def test_an_input_is_made_of_its_number_alone() -> None:
    samples = READERS["token"]().samples
    assert make(samples, SEED, "token", 7) == make(list(samples), SEED, "token", 7)
    assert len({make(samples, SEED, "token", number) for number in range(100)}) > 90
