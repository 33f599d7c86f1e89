"""NaCl's secretbox, opened: XSalsa20 and Poly1305, with which cosign encrypts its keys.

Source: D. J. Bernstein, "Cryptography in NaCl", sections 8 to 10, and "Extending the Salsa20 nonce". The library
`cryptography` has Poly1305, but not XSalsa20. A key has some hundred bytes, so speed does not matter.
"""

from __future__ import annotations

import struct
from typing import Sequence, Tuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.poly1305 import Poly1305

_SIGMA = struct.unpack("<4I", b"expand 32-byte k")
# The words of the state that a quarter-round mixes: the columns, then the rows.
_COLUMNS = ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11))
_ROWS = ((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14))
_ROTATIONS = (7, 9, 13, 18)
_TAG = 16


def open_box(key: bytes, nonce: bytes, box: bytes) -> bytes:
    """The message in a box, by a key of 32 and a nonce of 24 bytes. Raises ValueError if the box was made with another key
    or has changed."""
    sub_key = _hsalsa20(key, nonce[:16])
    stream = b"".join(_block(sub_key, nonce[16:], at) for at in range((len(box) + 16 + 63) // 64))
    tag, encrypted = box[:_TAG], box[_TAG:]
    try:
        Poly1305.verify_tag(stream[:32], encrypted, tag)
    except InvalidSignature:
        raise ValueError("the box cannot be opened") from None
    return bytes(one ^ other for one, other in zip(encrypted, stream[32:]))


def _rounds(state: Sequence[int]) -> Tuple[int, ...]:
    """Twenty rounds of Salsa20."""
    words = list(state)
    for _ in range(10):
        for group in (*_COLUMNS, *_ROWS):
            for step, rotation in enumerate(_ROTATIONS):
                target = group[(step + 1) % 4]
                total = (words[group[step]] + words[group[step - 1]]) & 0xFFFFFFFF
                words[target] ^= (total << rotation | total >> 32 - rotation) & 0xFFFFFFFF
    return tuple(words)


def _state(key: bytes, middle: bytes) -> Tuple[int, ...]:
    words = struct.unpack("<8I", key)
    inner = struct.unpack("<4I", middle)
    return (_SIGMA[0], *words[:4], _SIGMA[1], *inner, _SIGMA[2], *words[4:], _SIGMA[3])


def _hsalsa20(key: bytes, nonce: bytes) -> bytes:
    mixed = _rounds(_state(key, nonce))
    return struct.pack("<8I", *(mixed[at] for at in (0, 5, 10, 15, 6, 7, 8, 9)))


def _block(key: bytes, nonce: bytes, counter: int) -> bytes:
    """64 bytes of the key stream of Salsa20."""
    state = _state(key, nonce + struct.pack("<Q", counter))
    return struct.pack("<16I", *((one + other) & 0xFFFFFFFF for one, other in zip(state, _rounds(state))))
