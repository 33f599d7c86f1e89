"""Pins down how the members of a dict are read: what is right is kept, and every mistake is told with its key."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from scratch_image.image.field_reader import FieldReader, Mistake


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
    ("a", [], ["field `f`: 'a' is not a dict; write f={\"/path\": …}"], "a string"),
    (["a"], [], ["field `f`: ['a'] is not a dict; write f={\"/path\": …}"], "a list"),
    (0, [], ['field `f`: 0 is not a dict; write f={"/path": …}'], "a number"),
]


@pytest.mark.parametrize("value, members, texts, reason", PAIRS)
def test_pairs(value, members, texts, reason):
    reader = FieldReader({"f": value})
    assert reader.pairs("f", upper, upper) == members, reason
    assert list(map(str, reader.mistakes)) == texts


def test_values_are_read_as_they_were_written():
    """A target holds what cannot be changed: its lists are tuples, and its dicts another kind of mapping."""
    reader = FieldReader({"f": MappingProxyType({"a": MappingProxyType({"b": (1, MappingProxyType({}))})})})
    assert reader.pairs("f", upper, lambda value: value) == [("A", {"b": [1, {}]})]


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
