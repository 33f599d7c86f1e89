"""Keys for tests, always the same; and images that are signed with them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Dict, Optional, Union

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from scratch_image.oci.platform import Platform
from scratch_image.sign.keys import PublicKey, SigningKey, read_public_key, read_signing_key
from tests.support.layouts import Files, image, index_of, program_archive
from tests.support.programs import AARCH64, elf

Private = Union[ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey]
_SEED = hashlib.sha256(b"a key of tests, which protects nothing").digest()
_NUMBER = int.from_bytes(_SEED, "big") >> 8
PRIVATE: Dict[str, Private] = {
    "P-256": ec.derive_private_key(_NUMBER, ec.SECP256R1()),
    "P-384": ec.derive_private_key(_NUMBER, ec.SECP384R1()),
    "P-521": ec.derive_private_key(_NUMBER, ec.SECP521R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.from_private_bytes(_SEED),
}
OTHER = ec.derive_private_key(_NUMBER + 1, ec.SECP256R1())


def private_pem(key, passphrase: Optional[bytes] = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def public_pem(key) -> bytes:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind)


def signing_key(key: Private = PRIVATE["P-256"]) -> SigningKey:
    return read_signing_key(private_pem(key), "the key", None)


def public_key(key: Private = PRIVATE["P-256"]) -> PublicKey:
    return read_public_key(public_pem(key), "the key")


def write_keys(
    directory: Path, key: Private = PRIVATE["P-256"], name: str = "key", passphrase: Optional[bytes] = None
) -> Dict[str, str]:
    """Writes a pair of files; gives their paths."""
    paths = {"private": directory / f"{name}.pem", "public": directory / f"{name}.pub"}
    paths["private"].write_bytes(private_pem(key, passphrase))
    paths["private"].chmod(0o600)
    paths["public"].write_bytes(public_pem(key))
    return {kind: str(path) for kind, path in paths.items()}


def for_two_platforms() -> Files:
    """A layout with an index."""
    arm64 = image((program_archive(elf(AARCH64)),), platform=Platform("linux", "arm64", "v8"))
    return index_of(image(), arm64)


def resigned(content: bytes, key: SigningKey, **changes: object) -> bytes:
    """A bundle whose statement has changed and is signed again."""
    bundle = json.loads(content)
    envelope = bundle["dsseEnvelope"]
    statement = {**json.loads(base64.b64decode(envelope["payload"])), **changes}
    payload = json.dumps({name: value for name, value in statement.items() if value is not None}).encode()
    kind = envelope["payloadType"]
    envelope["payload"] = base64.b64encode(payload).decode()
    signature = key.sign(b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload))
    envelope["signatures"] = [{"sig": base64.b64encode(signature).decode()}]
    return json.dumps(bundle).encode()
