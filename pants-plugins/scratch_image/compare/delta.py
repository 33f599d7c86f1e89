"""What is new in bytes that are mostly others', moved: the blocks of the old bytes are looked up in the new ones."""

from __future__ import annotations

from typing import Dict, Iterator, Tuple

_BLOCK = 32
_STEP = 4096


def new_ranges(before: bytes, after: bytes) -> Iterator[Tuple[int, int]]:
    """(start, end) of the bytes in `after` that are in no block that both have, in order."""
    blocks: Dict[bytes, int] = {}
    for at in range(0, len(before) - _BLOCK + 1, _BLOCK):
        blocks.setdefault(before[at : at + _BLOCK], at)
    at = start = _common(before, after, 0, 0)
    while at + _BLOCK <= len(after):
        found = blocks.get(after[at : at + _BLOCK])
        if found is None:
            at += 1
            continue
        end = at
        # What is equal in front of a block, up to what is known already.
        while end > start and found > 0 and before[found - 1] == after[end - 1]:
            end, found = end - 1, found - 1
        if start < end:
            yield start, end
        at = start = end + _common(before, after, found, end)
    end = len(after)
    other = len(before)
    while end > start and other > 0 and before[other - 1] == after[end - 1]:
        end, other = end - 1, other - 1
    if start < end:
        yield start, end


def _common(before: bytes, after: bytes, one: int, other: int) -> int:
    """The number of bytes that are equal from two places on."""
    count = 0
    while True:
        left, right = before[one + count : one + count + _STEP], after[other + count : other + count + _STEP]
        if left != right or not left:
            return count + next((n for n, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
        count += len(left)
