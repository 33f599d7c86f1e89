"""Pins down which OCI platform a program means, and what is said where there is none."""

from __future__ import annotations

import platform
import sys

import pytest

from scratch_image.binary.platform import UnknownMachine, platform_of
from scratch_image.binary.read import read_facts
from scratch_image.oci.platform import ARCHITECTURES, Platform
from tests.support.facts import program

# e_machine by <elf.h>: EM_386 3, EM_MIPS 8, EM_PPC64 21, EM_S390 22, EM_ARM 40, EM_X86_64 62, EM_AARCH64 183,
# EM_RISCV 243, EM_LOONGARCH 258.
KNOWN = [
    ((32, "little", 3), "linux/386"),
    ((32, "big", 8), "linux/mips"),
    ((32, "little", 8), "linux/mipsle"),
    ((64, "big", 8), "linux/mips64"),
    ((64, "little", 8), "linux/mips64le"),
    ((64, "big", 21), "linux/ppc64"),
    ((64, "little", 21), "linux/ppc64le"),
    ((64, "big", 22), "linux/s390x"),
    ((32, "little", 40), "linux/arm"),
    ((64, "little", 62), "linux/amd64"),
    ((64, "little", 183), "linux/arm64"),
    ((64, "little", 243), "linux/riscv64"),
    ((64, "little", 258), "linux/loong64"),
]


def platform_for(word_size, endianness, machine, **other):
    return platform_of(program(word_size=word_size, endianness=endianness, machine=machine, **other))


@pytest.mark.parametrize("header, name", KNOWN)
def test_known(header, name):
    assert platform_for(*header) == Platform.parse(name)


def test_every_architecture_can_be_read_from_a_header():
    assert {platform_for(*header).architecture for header, _ in KNOWN} == set(ARCHITECTURES)


VARIANTS = [
    # machine, changes, platform, reason
    (40, dict(arm_version=None), "linux/arm", "nothing tells"),
    (40, dict(arm_version=5), "linux/arm/v5", "always written where it is known"),
    (40, dict(arm_version=6), "linux/arm/v6", "always written where it is known"),
    (40, dict(arm_version=7), "linux/arm/v7", "always written where it is known"),
    (40, dict(arm_version=8), "linux/arm/v8", "32-bit code for ARMv8"),
    (40, dict(arm_version=7, x86_level=3), "linux/arm/v7", "another CPU's level means nothing"),
    (62, dict(x86_level=None), "linux/amd64", "nothing tells"),
    (62, dict(x86_level=1), "linux/amd64", "v1 is what plain amd64 means"),
    (62, dict(x86_level=2), "linux/amd64/v2", "from v2 on"),
    (62, dict(x86_level=3), "linux/amd64/v3", "from v2 on"),
    (62, dict(x86_level=4), "linux/amd64/v4", "from v2 on"),
    (62, dict(arm_version=7), "linux/amd64", "another CPU's version means nothing"),
    (183, dict(arm_version=8), "linux/arm64", "readers take v8 and nothing for the same"),
    (183, dict(x86_level=3), "linux/arm64", "another CPU's level means nothing"),
]


@pytest.mark.parametrize("machine, changes, name, reason", VARIANTS)
def test_variants(machine, changes, name, reason):
    found = platform_for(32 if machine == 40 else 64, "little", machine, **changes)
    assert found == Platform.parse(name)


UNKNOWN = [
    ((32, "little", 62), "32-bit little-endian ELF file for machine 62 (x86-64)", "x32, which GOARCH has no name for"),
    ((64, "big", 183), "AArch64", "AArch64 in its big-endian form"),
    ((32, "big", 40), "big-endian", "ARM in its big-endian form"),
    ((32, "little", 243), "RISC-V", "32-bit RISC-V"),
    ((32, "big", 20), "PowerPC", "32-bit PowerPC"),
    ((64, "little", 22), "S/390", "no such byte order"),
    ((64, "big", 43), "SPARC V9", "a CPU that GOARCH has no name for"),
    ((64, "little", 247), "BPF", "a program for the kernel's own machine"),
    ((64, "little", 0), "machine 0 (unknown)", "EM_NONE"),
    ((64, "little", 65535), "machine 65535", "a number that nobody has"),
]


@pytest.mark.parametrize("header, named, reason", UNKNOWN)
def test_unknown(header, named, reason):
    with pytest.raises(UnknownMachine) as error:
        platform_for(*header)
    assert named in str(error.value) and str(error.value).endswith("which has no OCI platform")


def test_the_running_interpreter_is_for_this_machine():
    names = {"x86_64": "amd64", "aarch64": "arm64"}
    if sys.platform != "linux" or sys.maxsize < 2**32 or platform.machine() not in names:
        pytest.skip("the interpreter is not a 64-bit ELF program for one of the two common machines")
    with open(sys.executable, "rb") as file:
        assert platform_of(read_facts(memoryview(file.read())).program).architecture == names[platform.machine()]
