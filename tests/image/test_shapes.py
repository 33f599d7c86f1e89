"""Pins down the list or dict that a value of another shape was meant to be, for the cures of errors."""

from __future__ import annotations

import pytest

from scratch_image.image.shapes import dict_of, list_of

LISTS = [
    ("SR040", '["SR040"]'),
    ("SR040, SR041", '["SR040", "SR041"]'),
    ("", '[""]'),
    ('a"b', '["a\\"b"]'),
    ("Grüße", '["Grüße"]'),
    (8080, '["8080"]'),
    ({"/data": {}}, '["/data"]'),
    ({"tmp": True, "tzdata": True}, '["tmp", "tzdata"]'),
    ({}, ""),
    ({1: 2}, ""),
    (True, ""),
    (None, ""),
    (1.5, ""),
]
NAMES, PATHS, DIRECTORIES = '{"NAME": "value"}', '{"/path": …}', '{"/data": {}}'
DICTS = [
    (["A=1", "B=x=y"], NAMES, '{"A": "1", "B": "x=y"}'),
    ("A=1", NAMES, '{"A": "1"}'),
    (["A="], NAMES, '{"A": ""}'),
    (["A", "B=1"], NAMES, ""),
    (["=1"], NAMES, ""),
    (["/data", "/tmp"], DIRECTORIES, '{"/data": {}, "/tmp": {}}'),
    ("/data", DIRECTORIES, '{"/data": {}}'),
    (["/a"], PATHS, '{"/a": …}'),
    (":config", PATHS, '{"/path": ":config"}'),
    ("//src:config", PATHS, '{"/path": "//src:config"}'),
    ([":a", ":b"], PATHS, ""),
    (["a"], PATHS, ""),
    (["/a=b"], PATHS, '{"/a=b": …}'),
    ([1], NAMES, ""),
    ([], NAMES, ""),
    (5, NAMES, ""),
]


@pytest.mark.parametrize("value, want", LISTS)
def test_lists(value, want):
    assert list_of(value) == want


@pytest.mark.parametrize("value, example, want", DICTS)
def test_dicts(value, example, want):
    assert dict_of(value, example) == want
