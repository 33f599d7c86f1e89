"""What a developer changes between two runs of Pants, in a clone."""

from __future__ import annotations

import re
import shutil
import struct
from hashlib import shake_128

from benchmarks.checkout import Checkout
from benchmarks.errors import CannotMeasure

GO_SERVICE = "src/go_service"
MANY = "src/many"
_FILLER = 16 << 10
_MANY_BUILD = """[
    (
        file(name=f"program-{number}", source=f"program-{number}"),
        scratch_image(name=f"image-{number}", binary=f":program-{number}"),
    )
    for number in range(%d)
]
"""
# mov eax, 60 (exit); xor edi, edi; syscall
_EXIT = bytes.fromhex("b83c00000031ff0f05")
_LOAD_ADDRESS = 0x400000


def change_label(checkout: Checkout, value: str) -> None:
    """Gives the image of the Go service another label, in its BUILD file."""
    _replace(checkout, f"{GO_SERVICE}/BUILD", r'(?<="org\.opencontainers\.image\.title": ")[^"]*', value)


def change_program(checkout: Checkout, value: str) -> None:
    """Gives the Go service another greeting: one line of its source."""
    _replace(checkout, f"{GO_SERVICE}/main.go", r'(?<=const greeting = ")[^"]*', value)


def add_images(checkout: Checkout, number: int) -> None:
    """Writes a directory with so many small programs, no two the same, and an image of each."""
    folder = checkout.root / MANY
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for index in range(number):
        (folder / f"program-{index}").write_bytes(_program(index))
    checkout.write(f"{MANY}/BUILD", _MANY_BUILD % number)


def _replace(checkout: Checkout, path: str, pattern: str, value: str) -> None:
    changed, count = re.subn(pattern, value, checkout.read(path))
    if count != 1:
        raise CannotMeasure(f"{path} has {count} places that match {pattern}, not 1")
    checkout.write(path, changed)


def _program(index: int) -> bytes:
    """A static x86-64 program that exits with 0, followed by bytes that are its own (System V ABI, "Object Files")."""
    start, filler = 64 + 56, shake_128(b"%d" % index).digest(_FILLER)
    size = start + len(_EXIT) + len(filler)
    identification = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, _LOAD_ADDRESS + start, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _LOAD_ADDRESS, _LOAD_ADDRESS, size, size, 0x1000)
    return identification + header + segment + _EXIT + filler
