"""Pins down what is remembered of where blobs are."""

from __future__ import annotations

import os

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.registry import location_cache

A, B = Digest("a" * 64), Digest("b" * 64)


# Files.


def test_what_is_known_is_merged(tmp_path):
    path = str(tmp_path / "new" / "known.json")
    location_cache.write(path, {"r": {str(A): ("a", "b")}, "empty": {}})
    location_cache.write(path, {"r": {str(A): ("c", "d"), str(B): ("a",)}, "s": {str(A): ("x",)}})
    assert location_cache.read(path) == {"r": {str(A): ("c", "d", "a"), str(B): ("a",)}, "s": {str(A): ("x",)}}
    assert os.listdir(tmp_path / "new") == ["known.json"]


def test_what_is_known_does_not_grow_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(location_cache, "_BLOBS", 2)
    for digest in "123":
        location_cache.write(str(tmp_path / "k"), {"r": {digest: ("a",)}})
    assert list(location_cache.read(str(tmp_path / "k"))["r"]) == ["2", "3"]


NOT_KNOWN = [
    (b"", "empty"),
    (b"[1]", "no table"),
    (b'{"schema": 2, "registries": {"r": {"d": ["a"]}}}', "another schema"),
    (b'{"schema": 1, "registries": {"r": {"d": ["a&from=b"]}}}', "a name that is more than one in a URL"),
    (b'{"schema": 1, "registries": {"r": {"d": [7]}}}', "no name"),
    (b'{"schema": 1, "registries": {"r": 7}}', "no blobs"),
    (b"[" * 100_000, "deep"),
]


@pytest.mark.parametrize("content, reason", NOT_KNOWN, ids=[row[1] for row in NOT_KNOWN])
def test_a_file_that_is_damaged_says_nothing(content, reason, tmp_path):
    (tmp_path / "k").write_bytes(content)
    assert location_cache.read(str(tmp_path / "k")) == {}
    location_cache.write(str(tmp_path / "k"), {"r": {str(A): ("a",)}})
    assert location_cache.read(str(tmp_path / "k")) == {"r": {str(A): ("a",)}}
