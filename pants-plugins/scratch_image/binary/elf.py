"""The identification of an ELF file (System V gABI, chapter 4, "ELF Header"). Reads 20 bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO, Dict

MAGIC = b"\x7fELF"
_IDENT_SIZE = 16
_CLASSES = {1: 32, 2: 64}
_ENDIANNESSES = {1: "little", 2: "big"}


class InvalidElf(Exception):
    """The file begins like ELF and is not; the text says what was found."""


@dataclass(frozen=True)
class ElfHeader:
    """`word_size` is EI_CLASS in bits, `endianness` is EI_DATA as 'little' or 'big', `machine` is e_machine."""

    word_size: int
    endianness: str
    machine: int

    def to_dict(self) -> Dict[str, object]:
        return {"wordSize": self.word_size, "endianness": self.endianness, "machine": self.machine}


def read_header(file: BinaryIO) -> ElfHeader:
    """Reads the header at the start of a file that begins with MAGIC. Raises InvalidElf."""
    data = file.read(_IDENT_SIZE + 4)
    if len(data) < _IDENT_SIZE + 4:
        raise InvalidElf(f"the ELF header is cut off after {len(data)} bytes")
    word_size, endianness = _CLASSES.get(data[4]), _ENDIANNESSES.get(data[5])
    if word_size is None:
        raise InvalidElf(f"EI_CLASS is {data[4]}, neither 1 (32-bit) nor 2 (64-bit)")
    if endianness is None:
        raise InvalidElf(f"EI_DATA is {data[5]}, neither 1 (little endian) nor 2 (big endian)")
    _, machine = struct.unpack_from("<HH" if endianness == "little" else ">HH", data, _IDENT_SIZE)
    return ElfHeader(word_size, endianness, machine)
