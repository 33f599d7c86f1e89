"""What the code of a Go program names in its data: the operands of instructions that hold the distance to an address."""

from __future__ import annotations

import re
import struct
from typing import Dict, Iterator, Tuple

# `REX.W op modrm disp32`, where ModRM is mod 0, r/m 5: RIP and a distance (Intel SDM, volume 2, 2.2.1.6): LEA, MOV from and
# to memory, CMP with memory; and MOVUPS from memory. The distance from code to data is positive.
_MODRM = rb"[\x05\x0d\x15\x1d\x25\x2d\x35\x3d]"
_REX, _DISTANCE = rb"(?<=[\x48\x4c]..)", rb"...[\x00-\x0f]"
_LEA = re.compile(rb"\x8d" + _MODRM + _REX + _DISTANCE, re.DOTALL)
_MOVES = [re.compile(opcode + _MODRM + _REX + _DISTANCE, re.DOTALL) for opcode in (rb"\x8b",)]
_MOVES.append(re.compile(rb"\x0f\x10" + _MODRM + _DISTANCE, re.DOTALL))
_ALIGNED = 8
# ADRP, and ADD or LDR of the same register (Arm ARM, C6.2): here, the instruction that follows.
_ARM64 = [re.compile(rb"...[\x90\xb0\xd0\xf0]...[\x91\xf9\xb9]", re.DOTALL)]
_EM_X86_64, _EM_AARCH64 = 62, 183
# Target → the first place that names it.
Targets = Dict[int, int]


def read_targets(code: memoryview, address: int, machine: int, low: int, variables: int, high: int) -> Targets:
    """The addresses from `low` up to `high` that code names, each with the place in the code that does so first; none for
    a CPU that is not known. All but LEA name variables, from `variables` on, which are aligned there."""
    found: Targets = {}
    if machine == _EM_X86_64:
        distance = struct.Struct("<i").unpack_from
        for pattern in (_LEA, *_MOVES):
            own: Targets = {}
            is_exact = pattern is _LEA
            least = low if is_exact else variables
            for match in pattern.finditer(code):
                end = match.end()
                target = address + end + distance(code, end - 4)[0]
                if least <= target < high and (is_exact or not target % _ALIGNED) and target not in own:
                    own[target] = end
            for target, place in own.items():
                if found.setdefault(target, place) > place:
                    found[target] = place
    elif machine == _EM_AARCH64:
        for start, target in _pairs(code, address):
            if low <= target < high:
                found.setdefault(target, start)
    return found


def _pairs(code: memoryview, address: int) -> Iterator[Tuple[int, int]]:
    words = struct.Struct("<II").unpack_from
    for match in _ARM64[0].finditer(code):
        start = match.start()
        if start % 4:
            continue
        page, low = words(code, start)
        if low >> 5 & 0x1F != page & 0x1F:
            continue
        distance = (page >> 5 & 0x7FFFF) << 2 | page >> 29 & 3
        distance -= (distance & 1 << 20) << 1
        offset = low >> 10 & 0xFFF
        top = low >> 24
        offset <<= 0 if top == 0x91 else 3 if top == 0xF9 else 2
        yield start, ((address + start) & ~0xFFF) + (distance << 12) + offset
