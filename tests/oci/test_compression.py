"""Pins down the names of compressions: what BUILD files may say, and the media type and recipe that follow."""

from __future__ import annotations

import pytest

from scratch_image.oci.compression import Compression

TAR = "application/vnd.oci.image.layer.v1.tar"
GOOD = [
    # text, name, level, recipe, media type
    ("gzip", "gzip", 3, "tar.1+gzip.1", f"{TAR}+gzip"),
    ("gzip:3", "gzip", 3, "tar.1+gzip.1", f"{TAR}+gzip"),
    ("gzip:1", "gzip", 1, "tar.1+gzip.1:1", f"{TAR}+gzip"),
    ("gzip:12", "gzip", 12, "tar.1+gzip.1:12", f"{TAR}+gzip"),
    ("zstd", "zstd", 3, "tar.1+zstd.1", f"{TAR}+zstd"),
    ("zstd:3", "zstd", 3, "tar.1+zstd.1", f"{TAR}+zstd"),
    ("zstd:9", "zstd", 9, "tar.1+zstd.1:9", f"{TAR}+zstd"),
    ("zstd:22", "zstd", 22, "tar.1+zstd.1:22", f"{TAR}+zstd"),
    ("none", "none", None, "tar.1", TAR),
]


@pytest.mark.parametrize("text, name, level, recipe, media_type", GOOD)
def test_parse(text, name, level, recipe, media_type):
    compression = Compression.parse(text)
    assert compression == Compression(name, level)
    assert compression.recipe == recipe
    assert compression.media_type == media_type
    assert Compression.from_recipe(recipe) == compression


NO_RECIPES = [
    # text, reason
    ("", "empty"),
    ("tar.1+gzip.1:3", "the default level is not named: one recipe has one name"),
    ("tar.1+gzip.1:03", "a zero before a level"),
    ("tar.1+gzip.1:13", "above the highest"),
    ("tar.1+gzip.2", "of another version"),
    ("tar.2", "of another version"),
    ("tar.1+none.1", "no step"),
    ("tar.1+xz.1", "unknown"),
    ("tar.1+gzip.1\n", "a line's end"),
    ("gzip.1", "half of it"),
]


@pytest.mark.parametrize("text, reason", NO_RECIPES)
def test_what_is_no_recipe(text, reason):
    with pytest.raises(ValueError):
        Compression.from_recipe(text)


BAD_TEXT = [
    # text, what the message must name, reason
    ("", "''", "empty"),
    ("lz4", "gzip, zstd, none", "unknown: the message lists the known ones"),
    ("lz4:3", "'lz4'", "unknown, with a level"),
    ("GZIP", "'GZIP'", "names are in lower case"),
    ("gzip ", "'gzip '", "white space"),
    ("gzip:", "'gzip:'", "a colon and no level"),
    ("gzip:0", "1 to 12", "libdeflate's level 0 does not compress; that is `none`"),
    ("gzip:13", "1 to 12", "above the highest"),
    ("zstd:0", "1 to 22", "zstd takes 0 for its default: two names for the same bytes"),
    ("zstd:23", "1 to 22", "above the highest"),
    ("zstd:-1", "'-1'", "negative levels are not supported"),
    ("zstd:3.5", "'3.5'", "not whole"),
    ("zstd:fast", "'fast'", "not a number"),
    ("zstd:٣", "'٣'", "a digit that int() would take and nobody can read"),
    ("zstd:9:9", "'9:9'", "two levels"),
    ("none:1", "'none'", "nothing has no level"),
]


@pytest.mark.parametrize("text, named, reason", BAD_TEXT)
def test_bad_text(text, named, reason):
    with pytest.raises(ValueError) as error:
        Compression.parse(text)
    assert named in str(error.value)


@pytest.mark.parametrize(
    "name, level, reason",
    [
        ("gzip", None, "a level must be known, so that equal compressions are equal values"),
        ("zstd", None, "the same"),
        ("none", 3, "nothing has no level"),
        ("xz", 3, "unknown"),
    ],
)
def test_bad_values(name, level, reason):
    with pytest.raises(ValueError):
        Compression(name, level)
