"""Pins down how the identification of an ELF file is read, and that readelf reads the same in a real one."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest

from scratch_image.binary.elf import ElfHeader, InvalidElf, read_header
from tests.support.tools import require

# e_ident: magic, EI_CLASS, EI_DATA, EI_VERSION, EI_OSABI and padding; then e_type and e_machine.
GOOD = [
    (b"\x7fELF\x02\x01\x01\x00" + bytes(8) + b"\x02\x00\x3e\x00", ElfHeader(64, "little", 62), "x86-64"),
    (b"\x7fELF\x02\x01\x01\x03" + bytes(8) + b"\x03\x00\xb7\x00", ElfHeader(64, "little", 183), "AArch64, PIE, GNU"),
    (b"\x7fELF\x01\x01\x01\x00" + bytes(8) + b"\x02\x00\x28\x00", ElfHeader(32, "little", 40), "ARM"),
    (b"\x7fELF\x01\x02\x01\x00" + bytes(8) + b"\x00\x02\x00\x08", ElfHeader(32, "big", 8), "MIPS, big endian"),
    (b"\x7fELF\x02\x02\x01\x00" + bytes(8) + b"\x00\x02\x00\x16", ElfHeader(64, "big", 22), "S/390"),
    (b"\x7fELF\x02\x01\x01\x00" + bytes(8) + b"\x02\x00\x02\x01", ElfHeader(64, "little", 258), "LoongArch: two bytes"),
]


@pytest.mark.parametrize("data, header, reason", GOOD)
def test_read_header(data, header, reason):
    assert read_header(io.BytesIO(data)) == header
    assert read_header(io.BytesIO(data + b"\xff" * 1000)) == header


BAD = [
    (b"\x7fELF", "4 bytes", "nothing but the magic number"),
    (GOOD[0][0][:16], "16 bytes", "e_ident alone"),
    (GOOD[0][0][:19], "19 bytes", "half of e_machine"),
    (b"\x7fELF\x00" + GOOD[0][0][5:], "EI_CLASS is 0", "ELFCLASSNONE"),
    (b"\x7fELF\x03" + GOOD[0][0][5:], "EI_CLASS is 3", "no such class"),
    (b"\x7fELF\x02\x00" + GOOD[0][0][6:], "EI_DATA is 0", "ELFDATANONE"),
    (b"\x7fELF\x02\x03" + GOOD[0][0][6:], "EI_DATA is 3", "no such encoding"),
]


@pytest.mark.parametrize("data, named, reason", BAD)
def test_bad_headers(data, named, reason):
    with pytest.raises(InvalidElf) as error:
        read_header(io.BytesIO(data))
    assert named in str(error.value)


def test_readelf_reads_the_same_in_the_running_interpreter():
    if sys.platform != "linux":
        pytest.skip("the interpreter is not an ELF program")
    program = require("readelf")
    command = [program, "--file-header", "--wide", sys.executable]
    shown = subprocess.run(command, env={"LC_ALL": "C"}, stdout=subprocess.PIPE, check=True).stdout.decode()
    with open(sys.executable, "rb") as file:
        header = read_header(file)
        file.seek(0)
        ident = file.read(16)
    assert re.search(r"Magic: +([0-9a-f ]+)", shown)[1].strip() == ident.hex(" ")
    assert re.search(r"Class: +ELF(\d+)", shown)[1] == str(header.word_size)
    assert f"{header.endianness} endian" in re.search(r"Data: +(.+)", shown)[1]
    names = {62: "X86-64", 183: "AArch64"}
    assert header.machine not in names or names[header.machine] in re.search(r"Machine: +(.+)", shown)[1]
