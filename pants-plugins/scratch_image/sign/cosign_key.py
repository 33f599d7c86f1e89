"""A private key as `cosign generate-key-pair` and `cosign import-key-pair` write it: PKCS #8 in a secretbox, whose key is
derived from a pass phrase by scrypt (github.com/secure-systems-lab/go-securesystemslib, encrypted)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from typing import Any, Mapping, Tuple

from scratch_image.sign.secretbox import open_box

_PEM = re.compile(rb"-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----\s([A-Za-z0-9+/=\s]+)-----END")
# What go-securesystemslib accepts; more would cost memory: 128 * r * N bytes.
_N = (1 << 15, 1 << 16, 1 << 17)
_R, _P = 8, 1
_KEY, _NONCE = 32, 24


class WrongPassPhrase(ValueError):
    """The pass phrase does not open the key."""


def is_cosign_key(content: bytes) -> bool:
    """Whether a file has the frame of such a key."""
    return _PEM.search(content) is not None


def open_key(content: bytes, passphrase: bytes) -> bytes:
    """The private key in a file of cosign, as DER of PKCS #8. Raises WrongPassPhrase, and ValueError for anything else that
    is wrong; no text holds what is in the file."""
    match = _PEM.search(content)
    if not match:
        raise ValueError("it is not a key of cosign")
    try:
        document = json.loads(base64.b64decode(re.sub(rb"\s", b"", match[1]), validate=True))
        kdf, cipher = document["kdf"], document["cipher"]
        parameters = kdf["params"]
        salt, nonce = (_bytes(values, name) for values, name in ((kdf, "salt"), (cipher, "nonce")))
        box = _bytes(document, "ciphertext")
        names = (kdf["name"], cipher["name"])
        cost = tuple(parameters[name] for name in ("N", "r", "p"))
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise ValueError("it is damaged: a key of cosign holds JSON with `kdf`, `cipher` and `ciphertext`") from None
    if names != ("scrypt", "nacl/secretbox") or not _is_known(cost) or len(nonce) != _NONCE:
        raise ValueError("it is encrypted in another way than by scrypt and nacl/secretbox with cosign's parameters")
    n = cost[0]
    key = hashlib.scrypt(passphrase, salt=salt, n=n, r=_R, p=_P, maxmem=128 * _R * (n + 3) + 1024, dklen=_KEY)
    try:
        return open_box(key, nonce, box)
    except ValueError:
        raise WrongPassPhrase("the pass phrase does not open it") from None


def _is_known(cost: Tuple[object, ...]) -> bool:
    """Whether the parameters of scrypt are those of a key of cosign: whole numbers, and not 32768.0."""
    return all(type(number) is int for number in cost) and cost in [(n, _R, _P) for n in _N]


def _bytes(values: Mapping[str, Any], name: str) -> bytes:
    return base64.b64decode(values[name], validate=True)
