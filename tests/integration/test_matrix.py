"""Pants makes the images of the golden matrix to the byte as the pure core does, from a BUILD file with the same fields."""

from __future__ import annotations

from tests.golden.build_files import PLACE, made_digests, pinned_digests, write_matrix
from tests.support.repository import Repository


def test_every_image_has_the_digest_that_is_pinned(bare: Repository) -> None:
    write_matrix(bare)
    bare.ok("package", f"{PLACE}:")
    assert made_digests(bare) == pinned_digests()
