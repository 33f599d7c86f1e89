"""Pins down which OCI platform an ELF header means, and what is said where there is none."""

from __future__ import annotations

import platform
import sys

import pytest

from scratch_image.binary.elf import ElfHeader, read_header
from scratch_image.binary.platform import UnknownMachine, platform_of
from scratch_image.oci.platform import ARCHITECTURES, Platform

# e_machine by <elf.h>: EM_386 3, EM_MIPS 8, EM_PPC64 21, EM_S390 22, EM_ARM 40, EM_X86_64 62, EM_AARCH64 183,
# EM_RISCV 243, EM_LOONGARCH 258.
KNOWN = [
    (ElfHeader(32, "little", 3), "linux/386"),
    (ElfHeader(32, "big", 8), "linux/mips"),
    (ElfHeader(32, "little", 8), "linux/mipsle"),
    (ElfHeader(64, "big", 8), "linux/mips64"),
    (ElfHeader(64, "little", 8), "linux/mips64le"),
    (ElfHeader(64, "big", 21), "linux/ppc64"),
    (ElfHeader(64, "little", 21), "linux/ppc64le"),
    (ElfHeader(64, "big", 22), "linux/s390x"),
    (ElfHeader(32, "little", 40), "linux/arm"),
    (ElfHeader(64, "little", 62), "linux/amd64"),
    (ElfHeader(64, "little", 183), "linux/arm64"),
    (ElfHeader(64, "little", 243), "linux/riscv64"),
    (ElfHeader(64, "little", 258), "linux/loong64"),
]


@pytest.mark.parametrize("header, name", KNOWN)
def test_known(header, name):
    assert platform_of(header) == Platform.parse(name)


def test_every_architecture_can_be_read_from_a_header():
    assert {platform_of(header).architecture for header, _ in KNOWN} == set(ARCHITECTURES)


UNKNOWN = [
    (ElfHeader(32, "little", 62), "32-bit", "x32: 32-bit words on x86-64, which GOARCH has no name for"),
    (ElfHeader(64, "big", 183), "AArch64", "AArch64 in its big-endian form"),
    (ElfHeader(32, "big", 40), "big-endian", "ARM in its big-endian form"),
    (ElfHeader(32, "little", 243), "RISC-V", "32-bit RISC-V"),
    (ElfHeader(32, "big", 20), "PowerPC", "32-bit PowerPC"),
    (ElfHeader(64, "little", 247), "BPF", "a program for the kernel's own machine"),
    (ElfHeader(64, "little", 0), "machine 0", "EM_NONE"),
    (ElfHeader(64, "little", 65535), "machine 65535", "a number that nobody has"),
]


@pytest.mark.parametrize("header, named, reason", UNKNOWN)
def test_unknown(header, named, reason):
    with pytest.raises(UnknownMachine) as error:
        platform_of(header)
    assert named in str(error.value)


def test_the_running_interpreter_is_for_this_machine():
    names = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}
    if sys.platform != "linux" or sys.maxsize < 2**32 or platform.machine() not in names:
        pytest.skip("the interpreter is not a 64-bit ELF program for one of the two common machines")
    with open(sys.executable, "rb") as file:
        assert str(platform_of(read_header(file))) == names[platform.machine()]
