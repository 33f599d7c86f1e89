"""Pins down that what is expected of an image comes to the process as it was said."""

from __future__ import annotations

import pytest

from scratch_image.structure.expectations import ConfigExpectation, Expectations, FileExpectation

EVERYTHING = Expectations(
    image="src:image",
    platform="linux/arm/v7",
    files=(
        FileExpectation("/app", "file", 0o4755, "1:2", "sha256:" + "0" * 64, None, None),
        FileExpectation("/etc/ä", "file", text="a\n\u2028"),
        FileExpectation("/link", "symlink", target="app"),
        FileExpectation("/usr", "directory", with_all_below=True),
    ),
    absent=("/bin/sh",),
    nothing_else=True,
    config=(ConfigExpectation("cmd", None, ("a", "")), ConfigExpectation("env", "A", None)),
    max_size=1,
    max_unpacked_size=2**40,
    max_severity="none",
)


@pytest.mark.parametrize("expectations", [Expectations("src:image"), EVERYTHING])
def test_there_and_back(expectations):
    assert Expectations.from_json(expectations.to_json()) == expectations


COUNTS = [
    # expectations, how many, reason
    (Expectations("a"), 0, "nothing is asked for"),
    (Expectations("a", files=(FileExpectation("/a"),), absent=("/b", "/c")), 3, "one per path"),
    (Expectations("a", max_size=1, max_severity="none"), 2, "one per limit"),
    (EVERYTHING, 4 + 1 + 2 + 3 + 1, "all together"),
]


@pytest.mark.parametrize("expectations, count, reason", COUNTS)
def test_how_many(expectations, count, reason):
    assert expectations.count == count, reason


def test_whose_content_is_read():
    assert EVERYTHING.contents == {"/app", "/etc/ä"}
