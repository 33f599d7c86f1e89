"""Pins down how two trees of sizes are compared: what belongs together, what grew, and in words."""

from __future__ import annotations

import pytest

from scratch_image.compare.growth import GONE, GREW, NEW, SAME, SHRANK, Change, grown, kind_of, signed
from scratch_image.compare.treemap import Node


def node(name: str, size: int, *children: Node, kind: str = "file") -> Node:
    return Node(name, kind, size, children)


def test_what_changed() -> None:
    before = node("image", 105, node("/a", 50), node("/b", 40), node("/c", 10), node("/d", 5))
    after = node("image", 117, node("/a", 60), node("/b", 30), node("/c", 10), node("/e", 17))
    found = grown(before, after)
    assert found.changes == (Change("/e", 0, 17), Change("/a", 50, 60), Change("/b", 40, 30), Change("/d", 5, 0))
    kinds = [{child.name: (child.kind, child.note) for child in tree.children} for tree in (found.before, found.after)]
    assert kinds == [
        {"/a": (GREW, "▲ +10 B (+20.0 %)"), "/b": (SHRANK, "▼ −10 B (−25.0 %)"), "/c": (SAME, ""), "/d": (GONE, "gone")},
        {"/a": (GREW, "▲ +10 B (+20.0 %)"), "/b": (SHRANK, "▼ −10 B (−25.0 %)"), "/c": (SAME, ""), "/e": (NEW, "new")},
    ]
    assert sum(change.growth for change in found.changes) == after.size - before.size


def test_a_module_is_the_same_one_with_another_version() -> None:
    one = node("example.com/m v1.0.0", 5, node("m/a", 3), node("m/b", 2), kind="module")
    other = node("example.com/m v1.1.0", 6, node("m/a", 4), node("m/b", 2), kind="module")
    found = grown(node("i", 5, one), node("i", 6, other))
    assert found.changes == (Change("example.com/m v1.1.0 › m/a", 3, 4),)
    assert found.after.children[0].kind == GREW and found.after.children[0].children[1].kind == SAME


@pytest.mark.parametrize(
    "before, after, want, why",
    [
        (node("/app", 5, node("x", 5)), node("/app", 9), [Change("/app", 5, 9)], "no more a program that can be divided"),
        (node("/app", 5), node("/app", 5, node("x", 5)), [], "only now divided"),
        (node("3 more", 5, kind="more"), node("4 more", 6, kind="more"), [Change("4 more", 5, 6)], "what is left over"),
        (node("d", 2), node("d", 2), [], "equal"),
    ],
)
def test_odd_pairs(before: Node, after: Node, want: object, why: str) -> None:
    assert list(grown(node("i", before.size, before), node("i", after.size, after)).changes) == want, why


def test_names_that_are_there_twice() -> None:
    one = node("i", 3, node("a", 1), node("a", 2))
    other = node("i", 6, node("a", 1), node("a", 2), node("a", 3))
    assert grown(one, other).changes == (Change("a", 0, 3),)


def test_both_have_one_order() -> None:
    found = grown(node("i", 3, node("a", 2), node("b", 1)), node("i", 12, node("a", 2), node("b", 10)))
    assert [[child.weight for child in tree.children] for tree in (found.before, found.after)] == [[2, 10], [2, 10]]


@pytest.mark.parametrize(
    "before, after, kind, text",
    [
        (1000, 1500, GREW, "+500 B (+50.0 %)"),
        (2_000_000, 1_000_000, SHRANK, "−1.0 MB (−50.0 %)"),
        (0, 7, NEW, "+7 B"),
        (7, 0, GONE, "−7 B"),
        (0, 0, SAME, "+0 B"),
    ],
)
def test_words(before: int, after: int, kind: str, text: str) -> None:
    assert (kind_of(before, after), signed(Change("", before, after))) == (kind, text)
