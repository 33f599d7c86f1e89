"""Keys: what signs (a private key), and what verifies (a public key). They are ECDSA on a curve of NIST, or Ed25519.

Signatures are deterministic (RFC 6979; RFC 8032), so that signing again gives the same bytes. The hash is SHA-256 with every
curve: cosign 3.1.3 and 2.6.5 verify no other.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Dict, Union

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256

from scratch_image.sign import cosign_key, edwards
from scratch_image.sign.errors import SigningError
from scratch_image.sign.pem import check_one_block, what_it_is

PASSPHRASE = "COSIGN_PASSWORD"
"""The environment variable with the pass phrase of an encrypted key, by cosign's name for it."""
_Private = Union[ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey]
_Public = Union[ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey]
_CURVES: Dict[str, str] = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_KINDS = "ECDSA on P-256, P-384 or P-521, or Ed25519"
_MAKE = "make a key with `cosign generate-key-pair`, or with `openssl genpkey -algorithm ED25519`"
_SIGN_ANEW = "sign with such a key, and give its public key"
_EXPORT = "give the file that `cosign generate-key-pair` writes as cosign.pub, or that of `openssl pkey -pubout`"


class PublicKey:
    """A key that verifies. `der` is its SubjectPublicKeyInfo (RFC 5280), by which keys are compared."""

    def __init__(self, key: _Public, where: str = "") -> None:
        self._key = key
        self.where = where
        self.der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER, in base64: the `hint` of a Sigstore bundle."""
        return base64.b64encode(hashlib.sha256(self.der).digest()).decode("ascii")

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the private key of this one signed a message."""
        try:
            if isinstance(self._key, ed25519.Ed25519PublicKey):
                self._key.verify(signature, message)
            else:
                self._key.verify(signature, message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """A key that signs. It has no text form."""

    def __init__(self, key: _Private) -> None:
        self._key = key
        self.public = PublicKey(key.public_key())

    def sign(self, message: bytes) -> bytes:
        """The signature of a message: the same on every call. Raises SigningError where the library cannot do that."""
        try:
            if isinstance(self._key, ed25519.Ed25519PrivateKey):
                return bytes(self._key.sign(message))
            return bytes(self._key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True)))
        except (TypeError, UnsupportedAlgorithm):
            text = "the library `cryptography` of this Python cannot sign deterministically (RFC 6979)"
            raise SigningError(text, "install version 43 or later, from a wheel, or use an Ed25519 key") from None


def read_signing_key(content: bytes, where: str, passphrase: Union[bytes, None]) -> SigningKey:
    """The private key in PEM: PKCS #8, also encrypted, or a key of cosign. `where` names it in errors; `passphrase` is None
    where there is none. Raises SigningError."""
    check_one_block(content, where)
    if cosign_key.is_cosign_key(content):
        return _usable(_open_cosign(content, where, passphrase), where)
    encrypted = b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in content
    if not encrypted and b"-----BEGIN PRIVATE KEY-----" not in content:
        raise SigningError(f"{where} is not a private key that signs: {what_it_is(content)}", _cure_of(content))
    if encrypted and passphrase is None:
        raise _no_passphrase(where)
    try:
        return _usable(serialization.load_pem_private_key(content, passphrase if encrypted else None), where)
    except UnsupportedAlgorithm:
        raise _unknown(where, _MAKE) from None
    except (ValueError, TypeError):
        # The text of the library's error is not shown: it may describe what is in the file.
        if encrypted:
            raise _wrong_passphrase(where) from None
        raise SigningError(f"{where} is not a private key that signs: its PKCS #8 is damaged", _MAKE) from None


def read_public_key(content: bytes, where: str) -> PublicKey:
    """The public key in PEM, SubjectPublicKeyInfo: cosign.pub. Raises SigningError."""
    check_one_block(content, where)
    if b"-----BEGIN PUBLIC KEY-----" not in content:
        raise SigningError(f"{where} is not a public key: {what_it_is(content)}", _EXPORT)
    try:
        key = serialization.load_pem_public_key(content)
    except UnsupportedAlgorithm:
        raise _unknown(where, _SIGN_ANEW) from None
    except (ValueError, TypeError):
        raise SigningError(f"{where} is not a public key: its SubjectPublicKeyInfo is damaged", _EXPORT) from None
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return PublicKey(key, where)
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise SigningError(f"{where} is {_kind(key)}; keys are {_KINDS}", _SIGN_ANEW)
    defect = edwards.defect(key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))
    if defect:
        raise SigningError(f"{where} is not a public key of Ed25519: {defect}", _EXPORT)
    return PublicKey(key, where)


def _open_cosign(content: bytes, where: str, passphrase: Union[bytes, None]) -> object:
    try:
        # Without a pass phrase cosign encrypts with an empty one.
        der = cosign_key.open_key(content, passphrase or b"")
    except cosign_key.WrongPassPhrase:
        raise (_no_passphrase if passphrase is None else _wrong_passphrase)(where) from None
    except ValueError as error:
        raise SigningError(f"{where} cannot be read: {error}", _MAKE) from None
    try:
        return serialization.load_der_private_key(der, None)
    except UnsupportedAlgorithm:
        raise _unknown(where, _MAKE) from None
    except (ValueError, TypeError):
        raise SigningError(f"{where} cannot be read: what is encrypted in it is not a key", _MAKE) from None


def _usable(key: object, where: str) -> SigningKey:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return SigningKey(key)
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return SigningKey(key)
    raise SigningError(f"{where} is {_kind(key)}; keys are {_KINDS}", _MAKE)


def _unknown(where: str, cure: str) -> SigningError:
    return SigningError(f"{where} is of a kind, or on a curve, that is not supported; keys are {_KINDS}", cure)


def _kind(key: object) -> str:
    """What a key is, by the curve or by the name of the library's class: `_RSAPrivateKey`, `DSAPublicKey`."""
    curve = getattr(key, "curve", None)
    if curve is not None:
        return f"an ECDSA key on the curve {curve.name}"
    name = type(key).__name__.strip("_")
    for end in ("PrivateKey", "PublicKey"):
        name = name.partition(end)[0]
    return f"an {name} key" if name[:1] in "AEIORX" else f"a {name} key"


def _no_passphrase(where: str) -> SigningError:
    return SigningError(f"{where} is encrypted, and there is no pass phrase for it", f"set {PASSPHRASE} to its pass phrase")


def _wrong_passphrase(where: str) -> SigningError:
    text = f"{where} is encrypted, and the pass phrase in {PASSPHRASE} does not open it"
    return SigningError(text, f"set {PASSPHRASE} to the pass phrase of that key")


def _cure_of(content: bytes) -> str:
    if b"BEGIN EC PRIVATE KEY" in content:
        return "convert it: `openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW`, or without -nocrypt to encrypt it"
    if b"BEGIN PUBLIC KEY" in content:
        return "give the private key that belongs to it"
    return _MAKE
