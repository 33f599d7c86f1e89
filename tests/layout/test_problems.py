"""Pins down what is said of the two kinds of problem, to people and in JSON, and how many are kept."""

from __future__ import annotations

import pytest

from scratch_image.layout.problems import Broken, Mismatch, Problems, shown


def test_two_statements_that_differ():
    problem = Mismatch("index.json", "size", "5", "6")
    assert str(problem) == "index.json: size: claimed 5, derived 6"
    assert problem.to_dict() == {"where": "index.json", "what": "size", "claimed": "5", "derived": "6"}


def test_a_rule_that_does_not_hold():
    """In JSON, the value is what was claimed, and the rule what follows."""
    problems = Problems(1)
    problems.expected("index.json", "size", "a whole number", "5")
    assert problems.problems == [Broken("index.json", "size", "'5'", "expected a whole number, got '5'")]
    assert str(problems.problems[0]) == "index.json: size: expected a whole number, got '5'"
    assert problems.problems[0].to_dict() == {
        "where": "index.json", "what": "size", "claimed": "'5'", "derived": "expected a whole number, got '5'",
    }  # fmt: skip


def test_the_same_is_said_once_and_the_rest_is_counted():
    problems = Problems(2)
    for number in (1, 1, 2, 3, 4):
        problems.mismatch("a", "b", str(number), "0")
        problems.skip("a", str(number))
    assert ([problem.claimed for problem in problems.problems], problems.not_shown) == (["1", "2"], 2)
    assert problems.not_checked == ["a: 1", "a: 2"]


def test_what_another_one_gathered():
    problems, other = Problems(2), Problems(1)
    problems.broken("a", "b", "1", "no")
    for value in ("1", "2"):
        other.broken("a", "b", value, "no")
    other.skip("a: b", "c")
    problems.absorb(other)
    assert (len(problems.problems), problems.not_checked, problems.not_shown) == (1, ["a: b: c"], 1)


SHOWN = [
    # value, how it is quoted
    (None, "null"),
    (True, "true"),
    (5, "5"),
    ([], "a list that is empty"),
    ({"a": 1}, "an object of 1"),
    ("it's", '"it\'s"'),
    (b"x\xff", "'x\\udcff'"),
    ("x" * 1000, "'" + "x" * 159 + "…"),
]


@pytest.mark.parametrize("value, want", SHOWN)
def test_how_a_value_is_quoted(value, want):
    assert shown(value) == want
