"""Dead Simple Signing Envelope (github.com/secure-systems-lab/dsse, protocol.md and envelope.md, 1.0.2)."""

from __future__ import annotations

import base64
from typing import Dict

from scratch_image.sign.keys import SigningKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def encoded(payload: bytes) -> bytes:
    """PAE: the bytes that are signed of a statement."""
    kind = PAYLOAD_TYPE.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope(payload: bytes, key: SigningKey) -> Dict[str, object]:
    """The envelope with one signature, as JSON has it."""
    signature = key.sign(encoded(payload))
    return {
        "payload": base64.b64encode(payload).decode("ascii"),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"sig": base64.b64encode(signature).decode("ascii")}],
    }
