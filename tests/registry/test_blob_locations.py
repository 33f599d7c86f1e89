"""Pins down that images which share a blob send it once."""

from __future__ import annotations

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.registry.blob_locations import BlobLocations
from scratch_image.registry.deadline import Deadline
from scratch_image.registry.errors import Transient
from scratch_image.registry.workers import Workers

A, B = Digest("a" * 64), Digest("b" * 64)


# Where blobs are.


def test_a_blob_is_pushed_once(tmp_path):
    locations = BlobLocations(Deadline(20), {})
    sources = []
    Workers(8).for_each(lambda name: locations.push_once(A, name, sources.append), [f"r{n}" for n in range(20)])
    assert sources.count(None) == 1 and len(sources) == 20


def test_where_bringing_it_fails_another_one_brings_it():
    locations = BlobLocations(Deadline(20), {str(A): ("old",)})

    def fail(source):
        assert source == "old"
        raise Transient("no")

    with pytest.raises(Transient):
        locations.push_once(A, "a", fail)
    pushed = []
    locations.push_once(A, "b", pushed.append)
    locations.push_once(A, "b", pushed.append)
    locations.push_once(A, "c", pushed.append)
    assert pushed == ["old", "b"]


def test_a_mount_is_never_from_the_repository_itself():
    locations = BlobLocations(Deadline(20), {str(A): ("a", "b")})
    assert (locations.candidate(A, "a"), locations.candidate(A, "c"), locations.candidate(B, "a")) == ("b", "a", None)
