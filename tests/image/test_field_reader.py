"""Pins down how the members of a dict are read: what is right is kept, and every mistake is told with its key."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from scratch_image.image.field_reader import FieldReader, Mistake
from scratch_image.oci import grammar


def upper(value):
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is bad")
    return value.upper()


PAIRS = [
    # value, members, texts of the mistakes, reason
    (None, [], [], "not set"),
    ({}, [], [], "empty"),
    ({"b": "x", "a": "y"}, [("B", "X"), ("A", "Y")], [], "in the order of the BUILD file"),
    ({"a": ""}, [("A", "")], [], "an empty text is a value"),
    ({"a": 1, "b": "x"}, [("B", "X")], ["field `f`, key 'a': 1 is bad"], "a wrong value names its key"),
    ({1: "x", "b": "x"}, [("B", "X")], ["field `f`: 1 is bad"], "a wrong key"),
    ({1: 2}, [], ["field `f`: 1 is bad", "field `f`, key 1: 2 is bad"], "both"),
    ({"a": "x", "A": "y"}, [("A", "X"), ("A", "Y")], [], "keys that become one are the caller's to find"),
    ("a", [], ['field `f`: \'a\' is not a dict; write f={"/a": "x"}'], "a string"),
    (["a"], [], ['field `f`: [\'a\'] is not a dict; write f={"/a": "x"}'], "a list"),
    (0, [], ['field `f`: 0 is not a dict; write f={"/path": "x"}'], "a number"),
]


@pytest.mark.parametrize("value, members, texts, reason", PAIRS)
def test_pairs(value, members, texts, reason):
    reader = FieldReader({"f": value})
    assert reader.pairs("f", upper, upper, '{"/path": "x"}') == members, reason
    assert list(map(str, reader.mistakes)) == texts


def test_values_are_read_as_they_were_written():
    """A target holds what cannot be changed: its lists are tuples, and its dicts another kind of mapping."""
    reader = FieldReader({"f": MappingProxyType({"a": MappingProxyType({"b": (1, MappingProxyType({}))})})})
    assert reader.pairs("f", upper, lambda value: value, "{}") == [("A", {"b": [1, {}]})]


def no_b(value):
    if value == "b":
        raise ValueError("'b' is bad; write 'c'")
    return str(value)


def five(value):
    if grammar.text(value) != "5":
        raise ValueError(f"{value!r} is bad; write '5'")
    return "5"


SHAPES = [
    # value, the end of the mistake, reason
    ("a, c,", """write f=["a", "c"]""", "every part is right"),
    ("a, b", """write f=["x"]; and 'b' is bad; write 'c'""", "one part is wrong: the example, and why"),
    ({"b": 1}, """write f=["x"]; and 'b' is bad; write 'c'""", "a key is wrong"),
    ("", """write f=["x"]""", "no part"),
    ("\u202e", """write f=['\\u202e']""", "what cannot be seen is escaped"),
]


@pytest.mark.parametrize("value, end, reason", SHAPES)
def test_the_cure_of_a_wrong_shape_is_right(value, end, reason):
    reader = FieldReader({"f": value})
    assert reader.items("f", no_b, '["x"]') == ()
    assert [mistake.text.partition(" is not a list; ")[2] for mistake in reader.mistakes] == [end], reason


STRINGS = [
    # value, the mistake, reason
    (5, "5 is not a string; put it in quotes: '5'", "what the cure says is right"),
    (["5"], "['5'] is not a string; write its member alone: '5'", "the same"),
    (6, "6 is not a string, and '6' is bad; write '5'", "it would be refused: its cure"),
    (float("nan"), "nan is not a string, and 'nan' is bad; write '5'", "a number that is not equal to itself"),
    ([[]], "[[]] is not a string; write one in quotes", "nothing is near"),
]


@pytest.mark.parametrize("value, text, reason", STRINGS)
def test_the_cure_of_what_is_no_string_is_right(value, text, reason):
    reader = FieldReader({"f": value})
    reader.one("f", five, "")
    assert [mistake.text for mistake in reader.mistakes] == [text], reason


KINDS = [
    # value, is it set, is it a dict, is it empty
    (None, False, False, False),
    ("", True, False, False),
    ({}, True, True, True),
    ({"a": "b"}, True, True, False),
    ((), True, False, True),
    (0, True, False, False),
]


@pytest.mark.parametrize("value, is_set, is_dict, is_empty", KINDS)
def test_kinds(value, is_set, is_dict, is_empty):
    reader = FieldReader({"f": value})
    assert (reader.is_set("f"), reader.is_dict("f"), reader.is_empty("f")) == (is_set, is_dict, is_empty)


def test_a_field_that_must_be_set():
    reader = FieldReader({})
    assert reader.required("binary", upper, "stand-in") == "stand-in"
    assert reader.mistakes == [
        Mistake("field `binary`", "it is not set; write the address of the target that makes the program")
    ]
