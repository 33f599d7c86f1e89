"""Whether an executable packer made the file: the program in it cannot be read then."""

from __future__ import annotations

from scratch_image.binary.elf import Elf

_MARK = b"UPX!"
# UPX writes l_info behind the program headers, and packheader at the end of the file.
_HEAD, _TAIL = 4096, 1024


def is_packed(elf: Elf) -> bool:
    """UPX's mark at both of its places."""
    return _MARK in bytes(elf.data[:_HEAD]) and _MARK in bytes(elf.data[-_TAIL:])
