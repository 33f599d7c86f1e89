"""Which public keys are taken: one key in a file, and a point for which only the holder of a private key can sign."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519

from scratch_image.sign.errors import SigningError
from scratch_image.sign.keys import read_public_key, read_signing_key
from tests.support.signing import OTHER, PRIVATE, private_pem, public_pem

# SubjectPublicKeyInfo (RFC 8410; RFC 5480) up to the point.
ED25519 = bytes.fromhex("302a300506032b6570032100")
P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
P256_COMPRESSED = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
P256_INFINITY = bytes.fromhex("3019301306072a8648ce3d020106082a8648ce3d03010703020000")
P = 2**255 - 19
# The encodings of the points whose order divides 8, and the second forms of those that have one (RFC 8032, 5.1.3).
Y8 = int("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16)
SMALL = {"order 1": 1, "order 2": P - 1, "order 4": 0, "order 8": Y8, "order 8, the other y": P - Y8}
SIGN = 1 << 255
SECOND_FORMS = {"0 as p": P, "1 as p + 1": P + 1, "the largest y": SIGN - 1, "p, and the sign": P | SIGN}


def pem(der, label="PUBLIC KEY"):
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n".encode()


def of_ed25519(number):
    return pem(ED25519 + number.to_bytes(32, "little"))


def point(form="Uncompressed"):
    key = PRIVATE["P-256"].public_key()
    return key.public_bytes(serialization.Encoding.X962, getattr(serialization.PublicFormat, f"{form}Point"))


GOOD = public_pem(PRIVATE["P-256"])
RSA = rsa.generate_private_key(65537, 1024)
PKCS1 = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
OFF_THE_CURVE = P256 + point()[:-1] + bytes([point()[-1] ^ 1])
TWO = "has 2 blocks of PEM (PUBLIC KEY, {}); expected one key\n  fix: give a file with one key"
REFUSED = {
    "RSA": (public_pem(RSA), "the key is an RSA key; keys are ECDSA on P-256, P-384 or P-521, or Ed25519"),
    "RSA with the exponent 3": (public_pem(rsa.generate_private_key(3, 1024)), "is an RSA key"),
    "RSA of PKCS #1": (PKCS1, "it is an RSA key, in the format of PKCS #1"),
    "DSA": (public_pem(dsa.generate_private_key(1024)), "is a DSA key"),
    "Ed448": (public_pem(ed448.Ed448PrivateKey.generate()), "is an Ed448 key"),
    "X25519": (public_pem(x25519.X25519PrivateKey.generate()), "is an X25519 key"),
    "another curve": (public_pem(ec.generate_private_key(ec.SECP256K1())), "on the curve secp256k1"),
    "a private key": (private_pem(PRIVATE["P-256"]), "the key is not a public key: it is a private key"),
    "a certificate": (pem(b"\x30\x00", "CERTIFICATE"), "it is a certificate"),
    "nothing": (b"\n", "it is empty"),
    "DER": (base64.b64decode(b"".join(GOOD.split(b"\n")[1:-2])), "it is not PEM"),
    "damaged": (pem(b"\0\0\0"), "its SubjectPublicKeyInfo is damaged"),
    "a point off the curve": (pem(OFF_THE_CURVE), "its SubjectPublicKeyInfo is damaged"),
    "a compressed point off the curve": (pem(P256_COMPRESSED + b"\2" + b"\xff" * 32), "its SubjectPublicKeyInfo is damaged"),
    "the point at infinity": (pem(P256_INFINITY), "its SubjectPublicKeyInfo is damaged"),
    "data behind it, in its DER": (pem(P256 + point() + b"\0"), "its SubjectPublicKeyInfo is damaged"),
    "a short key": (pem(bytes.fromhex("3029300506032b6570032000") + bytes(31)), "its SubjectPublicKeyInfo is damaged"),
    "a key of Ed25519 off the curve": (of_ed25519(2), "is not a public key of Ed25519: its point is not on the curve"),
    "two keys": (GOOD + public_pem(OTHER), TWO.format("PUBLIC KEY")),
    "one key twice": (GOOD + GOOD, TWO.format("PUBLIC KEY")),
    "a key and its private key": (GOOD + private_pem(PRIVATE["P-256"]), TWO.format("PRIVATE KEY")),
    "a key and a certificate": (GOOD + pem(b"\x30\x00", "CERTIFICATE"), TWO.format("CERTIFICATE")),
    "a key, and one whose end is missing": (GOOD + GOOD.partition(b"-----END")[0], TWO.format("PUBLIC KEY")),
    "text behind it": (GOOD + b"x\n", "has data behind its key\n  fix: remove what is behind the line -----END"),
    "bytes behind it": (GOOD + b"\0", "has data behind its key"),
    **{f"Ed25519: {name}": (of_ed25519(y), "has a small order") for name, y in SMALL.items()},
    **{f"Ed25519: {name}, the other x": (of_ed25519(y | SIGN), "has a small order") for name, y in SMALL.items()},
    **{f"Ed25519: {name}": (of_ed25519(y), "is not in the form of RFC 8032") for name, y in SECOND_FORMS.items()},
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    content, text = REFUSED[name]
    with pytest.raises(SigningError) as caught:
        read_public_key(content, "the key")
    said = str(caught.value)
    assert text in said and said.startswith("the key ") and said.count("\n  fix: ") == 1


@pytest.mark.parametrize("number", range(20))
def test_each_key_of_ed25519_is_taken(number):
    key = ed25519.Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
    assert read_public_key(public_pem(key), "the key").verifies(b"message", key.sign(b"message"))


TAKEN = {
    "text before it": b"made in a meeting\n" + GOOD,
    "blanks behind it": GOOD + b" \r\n\n",
    "lines of Windows": GOOD.replace(b"\n", b"\r\n"),
    "no newline at its end": GOOD.rstrip(),
    "compressed": pem(P256_COMPRESSED + point("Compressed")),
}


@pytest.mark.parametrize("name", TAKEN)
def test_forms_of_one_key_are_one_key(name):
    """By their DER a key that is given twice counts once."""
    assert read_public_key(TAKEN[name], "the key").der == read_public_key(GOOD, "the key").der


def test_a_signing_key_is_alone_in_its_file():
    key, other = private_pem(PRIVATE["P-256"]), private_pem(PRIVATE["Ed25519"])
    for content, text in ((key + other, "2 blocks of PEM"), (key + GOOD, "2 blocks"), (key + b"x", "data behind its key")):
        with pytest.raises(SigningError, match=text):
            read_signing_key(content, "the key", None)
    assert read_signing_key(b"Bag Attributes\n    friendlyName: x\n" + key, "the key", None)


def test_a_signing_key_whose_public_key_is_of_another_one():
    """PKCS #8 holds both; the signatures of such a key would verify by neither."""
    encoding = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    der = PRIVATE["P-256"].private_bytes(*encoding)
    ours, others = (
        key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        for key in (PRIVATE["P-256"], OTHER)
    )
    assert ours in der
    with pytest.raises(SigningError, match=r"its PKCS #8 is damaged"):
        read_signing_key(pem(der.replace(ours, others), "PRIVATE KEY"), "the key", None)
