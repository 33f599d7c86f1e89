"""Files in PEM (RFC 7468) that should hold one key."""

from __future__ import annotations

import re

from scratch_image.sign.errors import SigningError

_BEGIN = re.compile(rb"-----BEGIN ([^\n-]*)-----")
_DASHES = b"-----"
# What begins a block → what the block is.
_BLOCKS = (
    (b"BEGIN EC PRIVATE KEY", "it is in the format of SEC 1"),
    (b"BEGIN RSA PRIVATE KEY", "it is an RSA key, in the format of PKCS #1"),
    (b"BEGIN RSA PUBLIC KEY", "it is an RSA key, in the format of PKCS #1"),
    (b"BEGIN OPENSSH PRIVATE KEY", "it is a key of OpenSSH"),
    (b"BEGIN PUBLIC KEY", "it is a public key"),
    (b"BEGIN CERTIFICATE", "it is a certificate"),
    (b"PRIVATE KEY-----", "it is a private key"),
)


def check_one_block(content: bytes, where: str) -> None:
    """Raises SigningError for several blocks, of which a reader would take the first, and for data behind the block. RFC
    7468, 2, permits text before it. A file without a block is left to others."""
    blocks = [block.decode("latin-1") for block in _BEGIN.findall(content)]
    if len(blocks) > 1:
        text = f"{where} has {len(blocks)} blocks of PEM ({', '.join(blocks[:4])}); expected one key"
        raise SigningError(text, "give a file with one key; each key needs a file of its own")
    _, end, rest = content.rpartition(b"-----END ")
    if blocks and end and rest.partition(_DASHES)[2].strip():
        raise SigningError(f"{where} has data behind its key", "remove what is behind the line -----END …-----")


def what_it_is(content: bytes) -> str:
    """What a file is instead of the key that was expected, by what begins its block."""
    if not content.strip():
        return "it is empty"
    return next((text for begin, text in _BLOCKS if begin in content), "it is not PEM")
