"""Pins down what a digest is: sha256 of the bytes, one spelling, one place in a layout."""

from __future__ import annotations

import pytest

from scratch_image.oci.digest import Digest

# FIPS 180-2, appendix B.1: the SHA-256 of "abc".
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("content, hex_digits", [(b"abc", ABC), (b"", EMPTY)])
def test_of_content(content, hex_digits):
    assert Digest.of(content) == Digest(hex_digits)


def test_spelling_and_place():
    digest = Digest(ABC)
    assert str(digest) == f"sha256:{ABC}"
    assert Digest.parse(f"sha256:{ABC}") == digest
    assert digest.blob_path == f"blobs/sha256/{ABC}"


def test_digests_sort_by_their_digits():
    low, high = Digest("0" * 63 + "a"), Digest("f" + "0" * 63)
    assert sorted([high, low]) == [low, high]


BAD_HEX = [
    ("", "empty"),
    (ABC[:-1], "too short"),
    (ABC + "0", "too long"),
    (ABC.upper(), "upper case is another spelling of the same digest"),
    (ABC[:-1] + "g", "not hexadecimal"),
    (ABC + "\n", "a line feed, which `$` of a regular expression would let through"),
    ("٠" * 64, "digits, but not ASCII ones"),
]


@pytest.mark.parametrize("hex_digits, reason", BAD_HEX)
def test_bad_hex(hex_digits, reason):
    with pytest.raises(ValueError):
        Digest(hex_digits)
    with pytest.raises(ValueError):
        Digest.parse(f"sha256:{hex_digits}")


BAD_TEXT = [
    (ABC, "no algorithm"),
    (f"sha512:{ABC * 2}", "an algorithm that is never written"),
    (f"SHA256:{ABC}", "the algorithm in capitals"),
    (f" sha256:{ABC}", "white space"),
    (f"sha256:sha256:{ABC}", "the algorithm twice"),
    ("sha256", "nothing but the algorithm"),
]


@pytest.mark.parametrize("text, reason", BAD_TEXT)
def test_bad_text(text, reason):
    with pytest.raises(ValueError):
        Digest.parse(text)
