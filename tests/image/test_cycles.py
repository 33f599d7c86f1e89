"""Pins down which targets need themselves, and the way from each to itself."""

from __future__ import annotations

import random

import pytest

from scratch_image.image.cycles import cycles

CYCLES = [
    # edges, node → way to itself, reason
    ({}, {}, "nothing"),
    ({"a": "b"}, {}, "one needs another, which needs nothing"),
    ({"a": "bc", "b": "d", "c": "d"}, {}, "two ways are no cycle"),
    ({"a": "b", "b": "a"}, {"a": "aba", "b": "bab"}, "two need each other"),
    ({"a": "a"}, {}, "itself: said in other words"),
    ({"a": "ab", "b": "a"}, {"a": "aba", "b": "bab"}, "itself and another"),
    ({"a": "b", "b": "c", "c": "a"}, {"a": "abca", "b": "bcab", "c": "cabc"}, "three"),
    ({"a": "b", "b": "ca", "c": "a"}, {"a": "aba", "b": "bab", "c": "cabc"}, "the shortest way of each"),
    ({"x": "a", "a": "b", "b": "ay"}, {"a": "aba", "b": "bab"}, "what leads there, and what is needed there, is none"),
    ({"a": "b", "b": "ac", "c": "d", "d": "c"}, {"a": "aba", "b": "bab", "c": "cdc", "d": "dcd"}, "two cycles"),
    ({"a": "bb", "b": "a"}, {"a": "aba", "b": "bab"}, "an edge that is there twice"),
    ({"a": "b", "b": "xc", "x": "x", "c": "d", "d": "b"}, {"b": "bcdb", "c": "cdbc", "d": "dbcd"}, "between others"),
]


@pytest.mark.parametrize("edges, want, reason", CYCLES)
def test_cycles(edges, want, reason):
    assert cycles("abcdxy", edges) == {node: tuple(way) for node, way in want.items()}, reason


def test_only_what_is_asked_for():
    assert cycles("a", {"a": "b", "b": "a"}) == {"a": ("a", "b", "a")}


def test_a_long_chain_and_a_long_cycle():
    """Neither is followed by recursion."""
    chain = {number: [number + 1] for number in range(20000)}
    assert cycles([0], chain) == {}
    assert len(cycles([0], {**chain, 20000: [0]})[0]) == 20002


def test_as_found_by_walking():
    source = random.Random("cycles")
    for _ in range(300):
        edges = {node: [source.randrange(8) for _ in range(source.randrange(3))] for node in range(8)}
        for node in range(8):
            reached, waiting = set(), [to for to in edges[node] if to != node]
            while waiting:
                one = waiting.pop()
                if one not in reached:
                    reached.add(one)
                    waiting.extend(to for to in edges[one] if to != one)
            way = cycles([node], edges).get(node)
            assert (way is not None) == (node in reached)
            assert way is None or all(to in edges[one] for one, to in zip(way, way[1:]))
