"""Pins down the list or dict that a value of another shape was meant to be, for the cures of errors."""

from __future__ import annotations

import pytest

from scratch_image.image.shapes import dict_of, list_of, written

LISTS = [
    ("SR040", ["SR040"]),
    ("SR040, SR041", ["SR040", "SR041"]),
    ("tmp,", ["tmp"]),
    ("", []),
    (" , ", []),
    (8080, ["8080"]),
    ({"/data": {}}, ["/data"]),
    ({"tmp": True, "tzdata": True}, ["tmp", "tzdata"]),
    ({8080: {}}, ["8080"]),
    ({}, []),
    ({None: 2}, []),
    (True, []),
    (None, []),
    (1.5, []),
]
NAMES, PATHS, DIRECTORIES = '{"NAME": "value"}', '{"/path": ":config"}', '{"/data": {}}'
DICTS = [
    (["A=1", "B=x=y"], NAMES, {"A": "1", "B": "x=y"}),
    ("A=1", NAMES, {"A": "1"}),
    (["A="], NAMES, {"A": ""}),
    (["A", "B=1"], NAMES, {"A": "value", "B": "1"}),
    (["/data", "/tmp"], DIRECTORIES, {"/data": {}, "/tmp": {}}),
    ("/data", DIRECTORIES, {"/data": {}}),
    (["cache"], DIRECTORIES, {"/cache": {}}),
    ("/cache:1000", DIRECTORIES, {"/cache": {}}),
    (["/a"], PATHS, {"/a": ":config"}),
    (":config", PATHS, {"/path": ":config"}),
    ("//src:config", PATHS, {"/path": "//src:config"}),
    ("src:config", PATHS, {"/path": "src:config"}),
    (["a"], PATHS, {"/a": ":config"}),
    (["/a=:b"], PATHS, {"/a": ":b"}),
    (["/a:/b"], PATHS, {"/a": "/b"}),
    ([""], PATHS, {}),
    ([1], NAMES, {}),
    ([["A", "1"]], NAMES, {}),
    ([], NAMES, {}),
    (5, NAMES, {}),
]
WRITTEN = [
    ({"/data": {}}, '{"/data": {}}'),
    (['a"b', "Grüße"], '["a\\"b", "Grüße"]'),
    (["\U000e0041"], "['\\U000e0041']"),
]


@pytest.mark.parametrize("value, want", LISTS)
def test_lists(value, want):
    assert list_of(value) == want


@pytest.mark.parametrize("value, example, want", DICTS)
def test_dicts(value, example, want):
    assert dict_of(value, example) == want


@pytest.mark.parametrize("value, want", WRITTEN)
def test_how_they_are_written(value, want):
    assert written(value) == want
