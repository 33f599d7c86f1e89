"""Pins down the images of an index: one program per platform, and a part of the platforms."""

from __future__ import annotations

import dataclasses

import pytest

from scratch_image.image.field_reader import Mistake
from tests.support.read_specs import DEFAULTS, read, spec_of

BY_PLATFORM = [
    # binary, (platform, address) in the index's order, reason
    ({"linux/amd64": ":a"}, [("linux/amd64", ":a")], "one is an index, too"),
    ({"linux/s390x": ":z", "linux/amd64": ":a"}, [("linux/amd64", ":a"), ("linux/s390x", ":z")], "sorted"),
    (
        {"linux/arm/v7": ":7", "linux/arm/v6": ":6", "linux/arm/v5": ":5"},
        [("linux/arm/v5", ":5"), ("linux/arm/v6", ":6"), ("linux/arm/v7", ":7")],
        "by variant",
    ),
    (
        {"linux/amd64/v3": ":3", "linux/amd64": ":1"},
        [("linux/amd64", ":1"), ("linux/amd64/v3", ":3")],
        "the plain one first",
    ),
    ({"linux/arm64": ":x", "linux/amd64": ":x"}, [("linux/amd64", ":x"), ("linux/arm64", ":x")], "one address twice"),
]


@pytest.mark.parametrize("binary, want, reason", BY_PLATFORM)
def test_one_program_per_platform(binary, want, reason):
    spec = spec_of(binary=binary, env={"A": "1"})
    assert [(str(platform), address) for platform, address in spec.by_platform] == want, reason
    assert [(str(image.platform), image.binary) for image in spec.images] == want
    assert spec_of(binary=dict(reversed(list(binary.items()))), env={"A": "1"}) == spec, "the order decides nothing"
    for image in spec.images:
        assert (image.platform_field, image.by_platform, image.run) == ("binary", (), spec.run)


def test_an_image_of_one_program_is_its_own():
    spec = spec_of(platform="linux/arm64")
    assert (spec.images, spec.by_platform, spec.platform_field) == ((spec,), (), "platform")


def test_platforms_in_two_fields():
    (mistake,) = read(binary={"linux/amd64": ":a"}, platform="linux/amd64")[1]
    assert mistake == Mistake("field `platform`", "`binary` names the platforms already; leave it out")


OMITTED = [
    # option, platforms that are built, platforms that are left out, reason
    ((), ["linux/amd64", "linux/arm/v6", "linux/arm64"], [], "none: all are built"),
    (("linux/arm64",), ["linux/arm64"], ["linux/amd64", "linux/arm/v6"], "one"),
    (("linux/arm64", "linux/amd64"), ["linux/amd64", "linux/arm64"], ["linux/arm/v6"], "two, in the index's order"),
    (
        ("linux/arm64/v8", "linux/s390x"),
        ["linux/arm64"],
        ["linux/amd64", "linux/arm/v6"],
        "by another name",
    ),
    (("linux/amd64/v1", "linux/arm/v6"), ["linux/amd64", "linux/arm/v6"], ["linux/arm64"], "v1 is what every machine has"),
    (("linux/arm64", "linux/amd64", "linux/arm/v6"), ["linux/amd64", "linux/arm/v6", "linux/arm64"], [], "all of them"),
]


@pytest.mark.parametrize("option, built, omitted, reason", OMITTED)
def test_a_part_of_the_platforms(option, built, omitted, reason):
    binary = {"linux/arm64": ":b", "linux/arm/v6": ":c", "linux/amd64": ":a"}
    spec = spec_of(dataclasses.replace(DEFAULTS, platforms=option), binary=binary)
    assert [str(image.platform) for image in spec.images] == built, reason
    assert list(map(str, spec.omitted)) == omitted


NO_PART = [
    # option, the message, reason
    (("linux/s390x",), "it leaves none of linux/amd64, linux/arm64; name one of them, or none", "another platform"),
    (("linux/amd64/v3",), "it leaves none of linux/amd64, linux/arm64", "a variant is another platform"),
    (("arm64",), "'arm64' is not a valid platform; write os/architecture", "no operating system"),
    (("linux/arm64", "linux/x86_64"), "OCI calls it 'linux/amd64'", "one of two"),
]


def test_a_part_by_another_name_than_the_programs():
    defaults = dataclasses.replace(DEFAULTS, platforms=("linux/arm64",))
    spec = spec_of(defaults, binary={"linux/arm64/v8": ":b", "linux/amd64/v1": ":a"})
    assert (list(map(str, [spec.images[0].platform, *spec.omitted]))) == ["linux/arm64/v8", "linux/amd64/v1"]


@pytest.mark.parametrize("option, said, reason", NO_PART)
def test_a_part_that_is_none(option, said, reason):
    defaults = dataclasses.replace(DEFAULTS, platforms=option)
    (mistake,) = read(defaults, binary={"linux/arm64": ":b", "linux/amd64": ":a"})[1]
    assert mistake.where == "option `[scratch-image].platforms`" and said in mistake.text, reason


@pytest.mark.parametrize("option", ["linux/s390x", "nonsense"])
def test_an_image_of_one_program_is_not_concerned(option):
    """It has no part to leave out, and what does not count is not judged."""
    defaults = dataclasses.replace(DEFAULTS, platforms=(option,))
    assert spec_of(defaults) == spec_of()
