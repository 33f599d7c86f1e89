"""Whether an executable packer has been over the file: what is in the program can then not be read."""

from __future__ import annotations

from scratch_image.binary.elf import Elf

_MARK = b"UPX!"
# UPX writes its l_info behind the program headers, and its packheader at the end of the file.
_HEAD, _TAIL = 4096, 1024


def is_packed(elf: Elf) -> bool:
    """UPX's mark at both of its places."""
    return _MARK in bytes(elf.data[:_HEAD]) and _MARK in bytes(elf.data[-_TAIL:])
