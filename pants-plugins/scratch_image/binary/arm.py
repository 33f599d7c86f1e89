"""The ARM architecture version that a program needs: section `.ARM.attributes` (Addenda to the ABI for the Arm
Architecture, "Build attributes"), which covers the whole link, start files and C library included."""

from __future__ import annotations

from typing import Optional, Tuple

from scratch_image.binary.elf import Elf
from scratch_image.binary.scan import uleb128
from scratch_image.binary.sections import Section, content, named

_TAG_FILE, _TAG_CPU_ARCH = 1, 6
# Tag_CPU_arch → the version in OCI's variant. 0 to 2 are older than any system that runs containers.
_VERSIONS = {3: 5, 4: 5, 5: 5, 6: 6, 7: 6, 8: 6, 9: 6, 10: 7, 11: 6, 12: 6, 13: 7, 14: 8, 15: 8}
_MAX_SIZE = 1 << 16


def read_arm_version(elf: Elf, sections: Tuple[Section, ...]) -> Optional[int]:
    """5 to 8; None if the file does not say."""
    data = content(elf, named(sections, ".ARM.attributes"), _MAX_SIZE)
    if data[:1] != b"A" or data[5:11] != b"aeabi\0" or data[11:12] != bytes([_TAG_FILE]):
        return None
    end = min(len(data), 11 + int.from_bytes(data[12:16], elf.header.endianness))
    at = 16
    while at < end:
        tag, at = uleb128(data, at)
        if tag in (4, 5, 67) or (tag > 32 and tag & 1):
            at = _behind_text(data, at)
            continue
        value, at = uleb128(data, at)
        if tag == 32:
            at = _behind_text(data, at)
        if tag == _TAG_CPU_ARCH:
            return _VERSIONS.get(value)
    return None


def _behind_text(data: bytes, at: int) -> int:
    end = data.find(b"\0", at)
    return end + 1 if end >= 0 else len(data)
