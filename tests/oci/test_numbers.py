"""Pins down how sizes and numbers are shown to people."""

from __future__ import annotations

import pytest

from scratch_image.oci import numbers


@pytest.mark.parametrize(
    "count, want",
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_960, "1.0 MB"),
        (999_940_000, "999.9 MB"),
        (2_500_000_000, "2.5 GB"),
        (7_000_000_000_000, "7000.0 GB"),
    ],
)
def test_size(count, want):
    assert numbers.size(count) == want


@pytest.mark.parametrize("number, want", [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (12_345, "12 345 bytes")])
def test_counted(number, want):
    assert numbers.counted(number, "byte") == want
