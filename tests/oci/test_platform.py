"""Pins down how platforms are read and written: GOOS/GOARCH/variant as OCI has them, and the cure for other names."""

from __future__ import annotations

import pytest

from scratch_image.oci.platform import ARCHITECTURES, Platform

GOOD = [
    ("linux/amd64", Platform("linux", "amd64"), {"os": "linux", "architecture": "amd64"}),
    ("linux/386", Platform("linux", "386"), {"os": "linux", "architecture": "386"}),
    ("linux/arm/v7", Platform("linux", "arm", "v7"), {"os": "linux", "architecture": "arm", "variant": "v7"}),
    ("linux/arm64/v8.2", Platform("linux", "arm64", "v8.2"), {"os": "linux", "architecture": "arm64", "variant": "v8.2"}),
    (
        "linux/riscv64/rva20u64",
        Platform("linux", "riscv64", "rva20u64"),
        {"os": "linux", "architecture": "riscv64", "variant": "rva20u64"},
    ),
    (
        "linux/ppc64le/power9",
        Platform("linux", "ppc64le", "power9"),
        {"os": "linux", "architecture": "ppc64le", "variant": "power9"},
    ),
]


@pytest.mark.parametrize("text, platform, dictionary", GOOD)
def test_parse_and_write(text, platform, dictionary):
    assert Platform.parse(text) == platform
    assert str(platform) == text
    assert platform.to_dict() == dictionary


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_is_read_and_written(architecture):
    assert str(Platform.parse(f"linux/{architecture}")) == f"linux/{architecture}"


BAD = [
    # text, what the message must name, reason
    ("", "linux/amd64", "empty"),
    ("amd64", "linux/amd64", "no operating system"),
    ("linux", "linux/amd64", "no architecture"),
    ("linux/arm/v7/extra", "'linux/arm'", "four parts"),
    ("linux/amd64\n", "'linux/amd64'", "white space"),
    (" linux/amd64", "'linux/amd64'", "white space before it"),
    ("linux//amd64", "'linux/amd64'", "two slashes"),
    ("linux/AMD64", "'linux/amd64'", "in capitals"),
    ("darwin", "'linux/amd64'", "a system alone"),
    ("plan9/vax", "for example 'linux/amd64'", "another system, and an architecture that OCI has no name for"),
    ("darwin/arm64", "'linux/arm64'", "an image from scratch runs on Linux only"),
    ("Linux/amd64", "'linux/amd64'", "names are in lower case"),
    ("/amd64", "'linux/amd64'", "an empty operating system"),
    ("linux/", "amd64", "an empty architecture: the message lists the known ones"),
    ("linux/sparc64", "choose from 386, amd64", "an architecture that OCI has no name for"),
    ("linux/x86_64", "OCI calls it 'linux/amd64'", "the kernel's name of amd64"),
    ("linux/AARCH64", "'linux/arm64'", "the kernel's name of arm64, in capitals"),
    ("linux/i686", "'linux/386'", "the kernel's name of 386"),
    ("linux/armv7", "'linux/arm/v7'", "a variant in the architecture"),
    ("linux/armhf", "'linux/arm/v7'", "Debian's name of arm/v7"),
    ("linux/armhf/v6", "'linux/arm/v6'", "with another variant"),
    ("linux/x86_64/v3", "'linux/amd64/v3'", "the kernel's name, with a variant"),
    ("linux/arm64v8", "'linux/arm64/v8'", "Docker Hub's name of arm64"),
    ("arm/v7", "'linux/arm/v7'", "no operating system, and a variant"),
    ("armhf", "'linux/arm/v7'", "Debian's name alone"),
    ("linux/arm/", "v4, v5, v6, v7, v8", "an empty variant"),
    ("linux/arm/7", "'linux/arm/v7'", "a variant without its v"),
    ("linux/arm/v7l", "v4, v5, v6, v7, v8", "more than a variant"),
    ("linux/arm/V7", "'linux/arm/v7'", "variants are in lower case"),
]


@pytest.mark.parametrize("text, named, reason", BAD)
def test_bad_text_names_the_cure(text, named, reason):
    with pytest.raises(ValueError) as error:
        Platform.parse(text)
    assert repr(text) in str(error.value)
    assert named in str(error.value)


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("linux/arm/v6", "linux/arm/v7", True),
        ("linux/arm", "linux/arm/v7", True),
        ("linux/arm", "linux/arm64", False),
        ("linux/mips", "linux/mipsle", False),
    ],
)
def test_same_cpu_leaves_variants_out(one, other, same):
    assert Platform.parse(one).same_cpu(Platform.parse(other)) is same
    assert Platform.parse(other).same_cpu(Platform.parse(one)) is same


NORMALIZED = [
    # platform, want, reason
    ("linux/amd64", "linux/amd64", "nothing to do"),
    ("linux/amd64/v1", "linux/amd64", "v1 is what every machine has"),
    ("linux/amd64/v2", "linux/amd64/v2", "more than that"),
    ("linux/arm", "linux/arm", "arm is v7"),
    ("linux/arm/v7", "linux/arm", "and v7 is arm"),
    ("linux/arm/v6", "linux/arm/v6", "older"),
    ("linux/arm/v8", "linux/arm/v8", "newer, in 32 bits"),
    ("linux/arm64", "linux/arm64", "nothing to do"),
    ("linux/arm64/v8", "linux/arm64", "v8 is the first one"),
    ("linux/arm64/v9", "linux/arm64/v9", "newer"),
    ("linux/riscv64/rva20u64", "linux/riscv64/rva20u64", "no default is known"),
    ("linux/386", "linux/386", "no variants"),
]


@pytest.mark.parametrize("text, want, reason", NORMALIZED)
def test_normalized(text, want, reason):
    assert str(Platform.parse(text).normalized()) == want, reason
    assert Platform.parse(want).normalized() == Platform.parse(want), "once is enough"


def test_the_order_in_an_index():
    """A variant comes after the plain platform, and before other architectures."""
    texts = ["386", "amd64", "amd64/v2", "amd64/v3", "arm", "arm/v5", "arm/v6", "arm/v7", "arm64", "arm64/v8", "s390x"]
    platforms = [Platform.parse(f"linux/{text}") for text in texts]
    mixed = [*platforms[::2], *platforms[1::2]]
    assert sorted(mixed, key=Platform.sort_key) == platforms
