"""What a file is, as the facts process says it: the contract between `python -m scratch_image.binary` and the rules.

Facts are observations. What follows from them for an image is decided by who reads them, so that another decision
needs no new look at the file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import BinaryIO, Dict, Optional

from scratch_image.binary.elf import MAGIC, ElfHeader, InvalidElf, read_header

_HEAD = 64


@dataclass(frozen=True)
class BinaryFacts:
    """`head` holds the file's first bytes (64 at the most); `elf` is its header, or None with the reason in `not_elf`."""

    head: bytes
    elf: Optional[ElfHeader]
    not_elf: Optional[str] = None

    def to_dict(self) -> Dict[str, object]:
        """The part that `image.json` shows: what is known of a program that went into an image."""
        return {"elf": self.elf.to_dict()} if self.elf else {}

    def to_json(self) -> bytes:
        elf = self.elf.to_dict() if self.elf else None
        return json.dumps({"head": self.head.hex(), "elf": elf, "notElf": self.not_elf}).encode("ascii")

    @classmethod
    def from_json(cls, content: bytes) -> BinaryFacts:
        data = json.loads(content)
        elf = data["elf"] and ElfHeader(data["elf"]["wordSize"], data["elf"]["endianness"], data["elf"]["machine"])
        return cls(bytes.fromhex(data["head"]), elf, data["notElf"])


def read_facts(file: BinaryIO) -> BinaryFacts:
    """Reads the facts of a seekable file, whatever it holds. Raises OSError only."""
    head = file.read(_HEAD)
    if not head.startswith(MAGIC):
        return BinaryFacts(head, None, f"it starts with {_show(head)}")
    file.seek(0)
    try:
        return BinaryFacts(head, read_header(file))
    except InvalidElf as error:
        return BinaryFacts(head, None, str(error))


def _show(head: bytes) -> str:
    """The start of a file for a sentence: its first line where that is text, else its first bytes in hexadecimal."""
    line = head.split(b"\n")[0].rstrip(b"\r")
    if line and all(0x20 <= byte < 0x7F for byte in line):
        return repr(line.decode("ascii"))
    return f"the bytes {head[:8].hex(' ')}" if head else "nothing: it is empty"
