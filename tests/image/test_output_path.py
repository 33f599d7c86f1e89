"""Pins down which places in dist/ an image may have, and which packages would overwrite each other."""

from __future__ import annotations

import itertools
import os

import pytest

from scratch_image.image.output_path import MOST_BYTES, conflicts, output_path
from scratch_image.oci.numbers import counted


@pytest.mark.parametrize(
    "path", ["hello", "src.hello/image", "a/b/c", "..a/b..", "with space/grüße", "a.b@c=d", "a/" * (MOST_BYTES // 2) + "b"]
)
def test_good(path):
    assert output_path(path) == path


BAD = [
    # path, what the message must name, reason
    ("", "dist/ itself", "empty"),
    (".", "dist/ itself", "dist/"),
    ("./", "dist/ itself", "dist/ with a slash"),
    ("/", "absolute", "the machine's root"),
    ("/images/hello", "'images/hello'", "absolute: the relative path is shown"),
    ("..", "'..'", "what dist/ is in"),
    ("a/../b", "'..'", "not normal, and a danger where a link is"),
    ("../dist/a", "'..'", "leads out, and in again"),
    ("a/", "not normal", "a slash at the end"),
    ("./a", "not normal", "the same place under another name"),
    ("a/./b", "not normal", "the same"),
    ("a//b", "not normal", "the same"),
    ("/".join(["a" * 255] * 18), f"at most {counted(MOST_BYTES, 'byte')}", "longer than Linux takes"),
    ("a/" * (MOST_BYTES // 2) + "bb", f"at most {counted(MOST_BYTES, 'byte')}", "one byte too long"),
    ("ü/" * (MOST_BYTES // 3) + "ü", f"has {counted(MOST_BYTES // 3 * 3 + 2, 'byte')}", "bytes count, not characters"),
    ("a\nb", "control", "a line feed"),
    ("a\0b", "NUL", "no file can have it"),
    (["a"], "not a string", "a list"),
    (None, "not a string", "nothing"),
]


@pytest.mark.parametrize("path, named, reason", BAD)
def test_bad(path, named, reason):
    with pytest.raises(ValueError) as error:
        output_path(path)
    assert named in str(error.value)


CONFLICTS = [
    # owner → path, pairs in conflict, reason
    ({}, set(), "nothing"),
    ({"x": "a", "y": "b"}, set(), "beside each other"),
    ({"x": "a/b", "y": "a/c"}, set(), "in one directory that nobody owns"),
    ({"x": "a", "y": "ab", "z": "a.b/c", "w": "a-/d"}, set(), "a common beginning is no common directory"),
    ({"x": "a", "y": "a"}, {"xy"}, "the same place"),
    ({"x": "a", "y": "a", "z": "a"}, {"xy", "xz", "yz"}, "three in the same place"),
    ({"x": "a", "y": "a/b"}, {"xy"}, "one in the other"),
    ({"x": "a", "y": "a/b/c/d"}, {"xy"}, "deep in the other"),
    ({"x": "a", "y": "a/b", "z": "a/c"}, {"xy", "xz"}, "two in one"),
    ({"x": "a", "y": "a/b", "z": "a/b/c"}, {"xy", "xz", "yz"}, "in each other"),
    ({"x": "a", "y": "a", "z": "a/b"}, {"xy", "xz", "yz"}, "the same place, and one in it"),
]


@pytest.mark.parametrize("paths, pairs, reason", CONFLICTS)
def test_conflicts(paths, pairs, reason):
    found = conflicts(paths)
    assert set(found) == {owner for pair in pairs for owner in pair}
    for owner, sentences in found.items():
        others = sorted(other for other in paths if "".join(sorted(owner + other)) in pairs and other != owner)
        # Every sentence says its own path and, near the end, who is there.
        assert sorted(sentence.split(" is written")[0][-1] for sentence in sentences) == others
        assert all(repr(paths[owner]) in sentence for sentence in sentences)


def test_sentences():
    assert conflicts({"x": "a", "y": "a/b", "z": "a/b"}) == {
        "x": ("'a' is around 'a/b', where y is written", "'a' is around 'a/b', where z is written"),
        "y": ("'a/b' is also where z is written", "'a/b' is inside 'a', where x is written"),
        "z": ("'a/b' is also where y is written", "'a/b' is inside 'a', where x is written"),
    }


def test_the_order_of_packages_decides_nothing():
    paths = {"x": "a", "y": "a/b", "z": "a/b/c", "w": "a"}
    assert all(conflicts(dict(order)) == conflicts(paths) for order in itertools.permutations(paths.items()))


def test_the_files_of_an_image_have_paths_that_linux_takes():
    """The longest path of a blob, below a directory of 1000 bytes."""
    blob = f"{'r' * 1000}/dist/{'a/' * (MOST_BYTES // 2)}b/oci/blobs/sha256/{'0' * 64}"
    assert len(blob) <= 4095
    with pytest.raises(FileNotFoundError):
        os.stat(f"/{blob[1001:]}")
