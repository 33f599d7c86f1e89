"""Which keys sign and verify, and what is said of the others; no text shows a key or a pass phrase."""

from __future__ import annotations

import base64
import json
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519

from scratch_image.sign import cosign_key, secretbox
from scratch_image.sign.errors import SigningError
from scratch_image.sign.key_source import read_file, signing_key
from scratch_image.sign.keys import read_public_key, read_signing_key
from tests.support.signing import PRIVATE, private_pem, public_pem
from tests.support.tools import require

PASSPHRASE = b"of the tests"
# `cosign generate-key-pair` 3.1.3, with that pass phrase, and cosign.pub beside it.
COSIGN_KEY = b"""\
-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiJnYjh6RTVPcWRxWmliOHduRVBiY3MxUm5HQlM2eEpW
RUJlTXgzQzlzNncwPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJZYWhaWi9EdlY2NXlhQnNEc01EWGtSRE0xTVNGbzA3KyJ9LCJj
aXBoZXJ0ZXh0IjoiSE9xaTlBRVVtSndPMk9VWjZMZE1FcXQrN1RWYTIzbC9IOW4v
bTVZTTNrc0xzUDZ3ZkdoSVNyZEtIeHR6ZlM1N29TbUpZa3RtRmhWbnJ6ZzJVanE1
VGNNMHpEWGw4cjBxeW5vWHlwRXNMRDZCc3pDNUI4RUcySlpMTTJIMlJaZGpYa3Bp
OVZMVGVmVWp0c2VHLzIxYm5NaXp1YmNkZ3pjTEJNRjVNaGNSVU1PR0xzZ21UdDR2
eGxJM1NkRTkzaStzeWdCbG1EWjFXK0ZzMFE9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
"""
COSIGN_PUB = b"""\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEL9F/YdVmjx0eSUGe3Fvo03orqhoH
LxKLkSnGKY5so3uSjSzZSICecwYHwUAM6OWb9zHO+dtAuAAZaMDwUE+dyQ==
-----END PUBLIC KEY-----
"""
# "Cryptography in NaCl", sections 2 to 10: first key, nonce, message and box.
NACL_KEY = "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389"
NACL_NONCE = "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37"
NACL_MESSAGE = (
    "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce3"
    "14adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e0"
    "82f937763848645e0705"
)
NACL_BOX = (
    "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011e"
    "c48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56"
    "244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5"
)


def test_a_box_of_nacl():
    key, nonce, box = map(bytes.fromhex, (NACL_KEY, NACL_NONCE, NACL_BOX))
    assert secretbox.open_box(key, nonce, box).hex() == NACL_MESSAGE
    for at in (0, 15, 16, len(box) - 1):
        changed = bytearray(box)
        changed[at] ^= 1
        with pytest.raises(ValueError, match="cannot be opened"):
            secretbox.open_box(key, nonce, bytes(changed))
    for short in (b"", box[:15], box[:16]):
        with pytest.raises(ValueError):
            secretbox.open_box(key, nonce, short)


@pytest.mark.parametrize("kind", PRIVATE)
@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_key_signs_the_same_twice_and_its_public_key_verifies(kind, passphrase):
    key = read_signing_key(private_pem(PRIVATE[kind], passphrase), "the key", passphrase)
    public = read_public_key(public_pem(PRIVATE[kind]), "the public key")
    signature = key.sign(b"message")
    assert key.sign(b"message") == signature
    assert public.verifies(b"message", signature)
    assert not public.verifies(b"massage", signature)
    assert not public.verifies(b"message", signature[:-1])
    assert not public.verifies(b"message", b"")
    assert public.der == key.public.der


def test_a_pass_phrase_does_no_harm_to_a_key_without_one():
    assert read_signing_key(private_pem(PRIVATE["P-256"]), "the key", PASSPHRASE)


def test_a_key_of_cosign():
    key = read_signing_key(COSIGN_KEY, "cosign.key", PASSPHRASE)
    assert key.public.der == read_public_key(COSIGN_PUB, "cosign.pub").der


def sec1(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


RSA = rsa.generate_private_key(65537, 1024)
NOT_SIGNING = {
    "RSA": (private_pem(RSA), None, "the key is an RSA key; keys are ECDSA on P-256, P-384 or P-521, or Ed25519"),
    "RSA of PKCS #1": (sec1(RSA), None, "it is an RSA key, in the format of PKCS #1"),
    "RSA, encrypted": (private_pem(RSA, PASSPHRASE), PASSPHRASE, "the key is an RSA key"),
    "DSA": (private_pem(dsa.generate_private_key(1024)), None, "the key is a DSA key"),
    "Ed448": (private_pem(ed448.Ed448PrivateKey.generate()), None, "the key is an Ed448 key"),
    "X25519": (private_pem(x25519.X25519PrivateKey.generate()), None, "the key is an X25519 key"),
    "another curve": (
        private_pem(ec.generate_private_key(ec.SECP256K1())),
        None,
        "the key is an ECDSA key on the curve secp256k1",
    ),
    "SEC 1": (sec1(PRIVATE["P-256"]), None, "it is in the format of SEC 1\n  fix: convert it: `openssl pkcs8"),
    "a public key": (public_pem(PRIVATE["P-256"]), None, "it is a public key\n  fix: give the private key that belongs"),
    "a certificate": (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None, "it is a certificate"),
    "OpenSSH": (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", None, "a key of OpenSSH"),
    "nothing": (b"\n", None, "it is empty"),
    "something else": (b"\x7fELF", None, "it is not PEM"),
    "damaged": (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", None, "its PKCS #8 is damaged"),
    "truncated": (private_pem(PRIVATE["P-256"])[:100], None, "its PKCS #8 is damaged"),
    "no pass phrase": (private_pem(PRIVATE["P-256"], PASSPHRASE), None, "is encrypted, and there is no pass phrase for it"),
    "a wrong pass phrase": (
        private_pem(PRIVATE["P-256"], PASSPHRASE),
        b"another",
        "is encrypted, and the pass phrase in COSIGN_PASSWORD does not open it",
    ),
    "of cosign, no pass phrase": (COSIGN_KEY, None, "is encrypted, and there is no pass phrase for it"),
    "of cosign, a wrong pass phrase": (COSIGN_KEY, b"another", "the pass phrase in COSIGN_PASSWORD does not open it"),
}


@pytest.mark.parametrize("encrypted", [False, True])
def test_the_cure_of_the_older_format_of_a_key(encrypted, tmp_path):
    """What the message says is done, with `openssl` as it is installed."""
    openssl = require("openssl")
    old, new = tmp_path / "old.pem", tmp_path / "new.pem"
    old.write_bytes(sec1(PRIVATE["P-256"]))
    with pytest.raises(SigningError) as caught:
        read_signing_key(old.read_bytes(), "the key", None)
    command = str(caught.value).split("`")[1]
    words = [{"openssl": openssl, "OLD": str(old), "NEW": str(new)}.get(word, word) for word in command.split()]
    if encrypted:
        words = [word for word in words if word != "-nocrypt"] + ["-passout", "pass:secret"]
    subprocess.run(words, check=True, timeout=60)
    key = read_signing_key(new.read_bytes(), "the key", b"secret" if encrypted else None)
    assert key.public.der == read_signing_key(private_pem(PRIVATE["P-256"]), "the key", None).public.der


@pytest.mark.parametrize("name", NOT_SIGNING)
def test_what_is_not_a_key_that_signs(name):
    content, passphrase, text = NOT_SIGNING[name]
    with pytest.raises(SigningError) as caught:
        read_signing_key(content, "the key", passphrase)
    said = str(caught.value)
    assert text in said and "\n  fix: " in said and said.count("\n") == 1
    assert "of the tests" not in said and "another" not in said.replace("another key", "")


def changed_cosign_key(**changes):
    frame, body, end = COSIGN_KEY.split(b"-----\n")[0], COSIGN_KEY.split(b"-----\n")[1], b"-----END"
    document = json.loads(base64.b64decode(body.rpartition(end)[0]))
    for name, value in changes.items():
        *path, last = name.split("_")
        values = document
        for part in path:
            values = values[part]
        values[last] = value
    encoded = base64.encodebytes(json.dumps(document).encode())
    return frame + b"-----\n" + encoded + b"-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "changes, text",
    [
        ({"kdf_params_N": 1 << 30}, "another way"),
        ({"kdf_params_N": 65535}, "another way"),
        ({"kdf_params_N": 65536.0}, "another way"),
        ({"kdf_params_p": True}, "another way"),
        ({"kdf_params_r": 80000}, "another way"),
        ({"kdf_name": "argon2"}, "another way"),
        ({"cipher_name": "aes"}, "another way"),
        ({"cipher_nonce": "AAAA"}, "another way"),
        ({"ciphertext": 7}, "damaged"),
        ({"kdf": []}, "damaged"),
        ({"ciphertext": "AAAA"}, "does not open it"),
    ],
)
def test_a_damaged_key_of_cosign(changes, text):
    """Its parameters would decide how much memory and time is spent."""
    with pytest.raises(ValueError, match=text):
        cosign_key.open_key(changed_cosign_key(**changes), PASSPHRASE)


def test_a_frame_without_an_end_takes_no_time():
    """A pattern that tries each way to divide blanks would take hours."""
    assert not cosign_key.is_cosign_key(COSIGN_KEY.partition(b"\n")[0] + b"\n" * 60_000)


@pytest.mark.parametrize("blank", ["\n", "\r\n", " "])
@pytest.mark.parametrize("kind", ["PKCS #8", "cosign"])
def test_what_must_not_be_shown_of_a_key(kind, blank):
    """A variable may hold it in one line."""
    text = (COSIGN_KEY if kind == "cosign" else private_pem(PRIVATE["P-256"])).decode().replace("\n", blank)
    secrets = []
    variables = {"KEY": text, "COSIGN_PASSWORD": "of the tests"}
    assert signing_key("env:KEY", variables, lambda line: None, secrets.append)
    body = text.split("-----")[2].split(blank)
    assert "".join(body) in "".join(secrets).replace(" ", "")
    assert not any("-----" in secret for secret in secrets)


def test_where_a_key_is(tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(private_pem(PRIVATE["P-256"], PASSPHRASE))
    told, secrets = [], []
    variables = {"COSIGN_PASSWORD": "of the tests", "KEY": private_pem(PRIVATE["Ed25519"]).decode()}
    path.chmod(0o600)
    assert signing_key(str(path), variables, told.append, secrets.append).public.der
    assert told == [] and "of the tests" in secrets
    for mode, who in ((0o644, "every user of this machine"), (0o640, "its group")):
        path.chmod(mode)
        signing_key(str(path), variables, told.append, secrets.append)
        assert told.pop() == f"the signing key {path} can be read by {who} (mode {mode:04o}); run: chmod 600 {path}"
    signing_key("env:KEY", variables, told.append, secrets.append)
    path.write_bytes(public_pem(PRIVATE["P-256"]))
    with pytest.raises(SigningError, match="it is a public key"):
        signing_key(str(path), variables, told.append, secrets.append)
    assert told == [] and variables["KEY"].split("\n")[1] in secrets


@pytest.mark.parametrize(
    "source, variables, text",
    [
        ("env:KEY", {}, "the signing key in the variable KEY is missing: the variable is not set, or empty"),
        ("env:KEY", {"KEY": ""}, "set KEY to the key in PEM"),
        ("env:", {}, "`env:` without the name of a variable"),
        ("env:-----BEGIN PRIVATE KEY----- secret", {}, "`env:` without the name of a variable"),
        ("/nonexistent/key", {}, "the signing key /nonexistent/key cannot be read: No such file or directory"),
        ("/", {}, "the signing key / cannot be read: Is a directory"),
        ("/dev/null", {}, "the signing key /dev/null is not a file"),
    ],
)
def test_where_no_key_is(source, variables, text):
    with pytest.raises(SigningError) as caught:
        signing_key(source, variables, lambda line: None, lambda secret: None)
    assert text in str(caught.value) and "secret" not in str(caught.value)


def test_a_large_file_is_not_a_key(tmp_path):
    (tmp_path / "key").write_bytes(bytes(100_000))
    with pytest.raises(SigningError, match="it has more than 65536 bytes"):
        read_file(str(tmp_path / "key"), "the public key")
