"""Pins down what is new in bytes that were moved."""

from __future__ import annotations

import random

import pytest

from scratch_image.compare.delta import new_ranges

OLD = random.Random(1).randbytes(9000) if hasattr(random.Random, "randbytes") else bytes(range(256)) * 36


@pytest.mark.parametrize(
    "after, new",
    [
        (OLD, b""),
        (b"", b""),
        (b"new" + OLD, b"new"),
        (OLD + b"new", b"new"),
        (OLD[:4321] + b"new" + OLD[4321:], b"new"),
        (OLD[:4321] + OLD[4400:], b""),
        (OLD[:500] + b"one" + OLD[500:8000] + b"two" + OLD[8000:], b"onetwo"),
        (OLD[5000:] + OLD[:5000], b""),
        (b"all of it is new, and short", b"all of it is new, and short"),
    ],
)
def test_what_is_new(after: bytes, new: bytes) -> None:
    ranges = [*new_ranges(OLD, after)]
    found = b"".join(after[start:end] for start, end in ranges)
    # A block that moved is found from the next one on: less than one block is taken for new.
    assert new in found and len(found) <= len(new) + 64
    assert ranges == sorted(ranges) and all(start < end for start, end in ranges)
    assert [*new_ranges(b"", after)] == ([(0, len(after))] if after else [])
