"""Pins down which files of certificates are good, every mistake in others, and the bundle."""

from __future__ import annotations

import base64
import re
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtensionOID, NameOID

from scratch_image.certificates import bundle, pem
from scratch_image.certificates.bundle import DamagedBase, PemFile, join, read_pem
from scratch_image.certificates.facts import BundleFacts
from tests.support.certificates import NO_CA, Issued
from tests.support.pem_files import OTHER, ROOT, ROOT_DER, ROOT_FACTS, THIRD, VERSION_1, subjects, text

GOOD = [
    (ROOT, ["CN=Root,O=Example\\, Inc."], "as openssl writes it"),
    (VERSION_1, ["CN=Old Root,O=Example\\, Inc."], "version 1 has no basic constraints"),
    (text(OTHER.der) + text(THIRD.der), ["CN=Other", "CN=Third"], "a root and an intermediate, in their order"),
    (text(OTHER.der) * 2, ["CN=Other"] * 2, "twice: the bundle has it once"),
    (b"\xef\xbb\xbf" + text(OTHER.der), ["CN=Other"], "a byte order mark, as editors of Windows write"),
    (text(OTHER.der).replace(b"\n", b"\r\n"), ["CN=Other"], "CRLF"),
    (text(OTHER.der).rstrip(), ["CN=Other"], "no newline at the end"),
    (b"# Gr\xfc\xdfe\nsubject=CN = Other\n\n" + text(OTHER.der) + b"\n\x0c end", ["CN=Other"], "comments, not ASCII"),
    (text(Issued("Bare", ()).der), ["CN=Bare"], "no extensions, but issued by itself"),
    (text(Issued("").der), [""], "no subject"),
    (text(Issued("a\nb\x1b\x85\u202e,ü").der), ["CN=a\\0Ab\\1B\\C2\\85\\E2\\80\\AE\\,ü"], "controls, as RFC 4514 escapes"),
    (text(Issued("x", more=((NameOID.COUNTRY_NAME, "DE"),)).der), ["C=DE,CN=x"], "RFC 4514: the last name first"),
]


@pytest.mark.parametrize("content, want, reason", GOOD, ids=[case[-1] for case in GOOD])
def test_good_files(content, want, reason):
    assert subjects(read_pem("ca.pem", content)) == want


def test_facts_of_a_certificate():
    (item,) = read_pem("ca.pem", ROOT).certificates
    assert item.facts == ROOT_FACTS
    assert item.der == ROOT_DER


@pytest.mark.parametrize(
    "dates, want",
    [
        ((datetime(1950, 1, 1), datetime(2049, 12, 31, 23, 59, 59)), ("1950-01-01T00:00:00Z", "2049-12-31T23:59:59Z")),
        ((datetime(2050, 1, 1), datetime(9999, 12, 31, 23, 59, 59)), ("2050-01-01T00:00:00Z", "9999-12-31T23:59:59Z")),
    ],
)
def test_dates_are_told_and_not_judged(dates, want):
    """UTCTime ends with 2049; the last one is RFC 5280's "no well-defined expiration date"."""
    (item,) = read_pem("ca.pem", text(Issued("x", dates=dates).der)).certificates
    assert (item.facts.not_before, item.facts.not_after) == want


def private_key(form, encryption=None):
    encryption = encryption or serialization.NoEncryption()
    return OTHER.key.private_bytes(serialization.Encoding.PEM, form, encryption)


PRIVATE = serialization.PrivateFormat


NOT_READ = "this certificate cannot be read"


KEY = "a private key ({}). A private key must not be in an image"


ISSUER_MISSING = "CN=leaf is not a CA certificate: it has no basic constraints and is not self-issued"


# The tag of the subject's UTF8String becomes one that no string has.
NO_STRING = OTHER.der.replace(b"\x0c\x05Other", b"\x00\x05Other")


BAD_CONSTRAINTS = x509.UnrecognizedExtension(ExtensionOID.BASIC_CONSTRAINTS, b"junk")


BAD = [
    (b"", "ca.pem: the file is empty", "empty"),
    (b" \r\n\n", "ca.pem: the file is empty", "white space"),
    (ROOT_DER, "ca.pem: the file is DER, not PEM. Convert it with `openssl x509 -inform der", "DER"),
    (ROOT.decode().encode("utf-16"), "ca.pem: the file is UTF-16 text", "as a shell of Windows redirects text"),
    (b"\x7fELF\x02\x01\x01\x00", "ca.pem: the file is binary data", "a program"),
    (text(OTHER.der) + b"\0", "ca.pem: the file is binary data", "other readers of such a file stop or go on"),
    (b"hello\n", "ca.pem: it has no certificate: no line is -----BEGIN CERTIFICATE-----", "a text"),
    (b"\xef\xbb\xbf", "ca.pem: it has no certificate", "a byte order mark alone"),
    (base64.b64encode(ROOT_DER), "ca.pem: it has no certificate", "base64 without boundaries"),
    (b"\n" + ROOT[:-30], "ca.pem, line 2: this block has no line -----END CERTIFICATE-----", "truncated"),
    (ROOT + b"  " + ROOT[:200], "ca.pem, line 12: a block must begin and end exactly like", "indented"),
    (ROOT.replace(b"MBMG", b"MB*G"), "ca.pem, line 5: this line is not base64", "damaged"),
    (ROOT.replace(b"MBMG", b"MBM"), "ca.pem, line 1: the base64 of this block is damaged", "a character is missing"),
    (text(b""), "ca.pem, line 1: this block is empty", "an empty block"),
    (text(b"hello"), f"ca.pem, line 1: {NOT_READ}", "base64 of something else"),
    (text(ROOT_DER[:-1]), f"ca.pem, line 1: {NOT_READ}", "truncated before it was encoded"),
    (text(ROOT_DER + b"x"), f"ca.pem, line 1: {NOT_READ}", "bytes after it"),
    (text(NO_STRING), f"ca.pem, line 1: {NOT_READ}", "a subject that is no string: the library raises KeyError"),
    (text(ROOT_DER.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07")), f"{NOT_READ} (InvalidVersion", "version 8"),
    (text(Issued("x", (BAD_CONSTRAINTS,)).der), f"ca.pem, line 1: {NOT_READ}", "an extension that is not what it says"),
    (b"#\n" + private_key(PRIVATE.PKCS8), "ca.pem, line 2: " + KEY.format("PRIVATE KEY"), "RFC 5958"),
    (private_key(PRIVATE.TraditionalOpenSSL), KEY.format("EC PRIVATE KEY"), "RFC 5915"),
    (private_key(PRIVATE.OpenSSH), KEY.format("OPENSSH PRIVATE KEY"), "openssh"),
    (private_key(PRIVATE.PKCS8, serialization.BestAvailableEncryption(b"x")), KEY.format("ENCRYPTED PRIVATE KEY"), "PKCS 8"),
    (text(b"x", "RSA PRIVATE KEY"), KEY.format("RSA PRIVATE KEY"), "PKCS 1"),
    (text(b"x", "DSA PRIVATE KEY"), KEY.format("DSA PRIVATE KEY"), "whatever its algorithm"),
    (
        b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nYQ==\n-----END RSA PRIVATE KEY-----\n",
        "ca.pem, line 1: " + KEY.format("RSA PRIVATE KEY"),
        "RFC 1421: its lines are not looked at",
    ),
    *(
        (ROOT + text(b"x", label), f"ca.pem, line 12: expected a block of the type CERTIFICATE, got {label}: {cure}", label)
        for label, cure in (
            ("CERTIFICATE REQUEST", "remove it"),
            ("X509 CRL", "remove it"),
            ("PUBLIC KEY", "remove it"),
            ("DH PARAMETERS", "remove it"),
            ("TRUSTED CERTIFICATE", "convert it with `openssl x509"),
            ("X509 CERTIFICATE", "write -----BEGIN CERTIFICATE-----"),
            ("PKCS7", "extract the certificates with `openssl pkcs7"),
            ("CMS", "extract the certificates with `openssl pkcs7"),
            ("certificate", "remove it"),
        )
    ),
    (text(Issued("leaf", (NO_CA,)).der), "CN=leaf is not a CA certificate: it has CA:FALSE", "self-signed"),
    (text(Issued("leaf", (NO_CA,), OTHER).der), "CN=leaf is not a CA certificate", "a server's certificate"),
    (text(Issued("leaf", (), OTHER).der), f"ca.pem, line 1: {ISSUER_MISSING}", "by another, no basic constraints"),
    (text(Issued("", (NO_CA,)).der), "this certificate without a subject is not a CA", "nothing to name it by"),
]


@pytest.mark.parametrize("content, want, reason", BAD, ids=[case[-1] for case in BAD])
def test_bad_files(content, want, reason):
    (mistake,) = read_pem("ca.pem", content).mistakes
    assert want in mistake
    assert re.match(r"ca\.pem(, line \d+)?: ", mistake)
    assert mistake.endswith(".") and not mistake.endswith("..") and "\n" not in mistake


def test_all_mistakes_of_a_file_at_once():
    leaf = text(Issued("leaf", (NO_CA,)).der)
    content = b"\n".join((text(b"x"), text(b"x", "PUBLIC KEY"), ROOT, leaf, b"-----BEGIN X-----"))
    lines = [re.match(r"a b/ca\.pem, line (\d+): ", mistake)[1] for mistake in read_pem("a b/ca.pem", content).mistakes]
    assert lines[:3] == ["1", "5", "21"] and len(lines) == 4


def test_a_file_of_mistakes_only_is_not_read_to_its_end():
    mistakes = read_pem("ca.pem", b"-----END X-----\n" * 100).mistakes
    assert len(mistakes) == 21
    assert "line 20: the rest of the file is not read" in mistakes[-1]


def test_bounds(monkeypatch):
    assert "more than 16 777 216 bytes" in read_pem("ca.pem", b"\n" * ((16 << 20) + 1)).mistakes[0]
    assert "the file is empty" in read_pem("ca.pem", b"\n" * (16 << 20)).mistakes[0]
    monkeypatch.setattr(bundle, "MAX_CERTIFICATES", 2)
    assert read_pem("ca.pem", ROOT * 2).mistakes == ()
    assert read_pem("ca.pem", ROOT * 4).mistakes == ("ca.pem, line 23: this file has more than 2 certificates.",)


def test_golden_bundle():
    """The same certificate in another form gives these bytes: they are a layer's content."""
    (line,) = pem.split(ROOT)
    loose = b"# comment\r\n-----BEGIN CERTIFICATE-----\r\n" + b"".join(line.body) + b"\r\n-----END CERTIFICATE-----"
    result = join(b"", [read_pem("a.pem", loose), read_pem("b.pem", VERSION_1), read_pem("c.pem", ROOT)])
    assert result.content == ROOT + VERSION_1
    assert [item.subject for item in result.facts.certificates] == [
        "CN=Root,O=Example\\, Inc.",
        "CN=Old Root,O=Example\\, Inc.",
    ]


def test_mistakes_of_all_files_and_no_bundle():
    files = [read_pem("a.pem", b""), read_pem("b.pem", ROOT), read_pem("c.pem", b"x")]
    result = join(ROOT, files)
    assert result.content == b""
    assert result.facts == BundleFacts((), (*files[0].mistakes, *files[2].mistakes))


BASES = [
    (b"", [ROOT], ROOT, "no base"),
    (VERSION_1, [], VERSION_1, "no files"),
    (b"# hello\r\n" + VERSION_1, [ROOT], b"# hello\r\n" + VERSION_1 + ROOT, "the base as it is, then the files"),
    (VERSION_1[:-1], [ROOT], VERSION_1 + ROOT, "a base without a newline at its end"),
    (ROOT.replace(b"\n", b"\r\n"), [ROOT], ROOT.replace(b"\n", b"\r\n"), "in the base already, in another form"),
    (ROOT, [VERSION_1 + ROOT, VERSION_1], ROOT + VERSION_1, "each once"),
]


@pytest.mark.parametrize("base, files, want, reason", BASES, ids=[case[-1] for case in BASES])
def test_bases(base, files, want, reason):
    result = join(base, [read_pem("ca.pem", file) for file in files])
    assert result.content == want


def test_facts_name_a_certificate_that_the_base_has_too():
    """They say what the user's files hold."""
    assert join(ROOT, [read_pem("ca.pem", ROOT)]).facts == BundleFacts((ROOT_FACTS,), ())


@pytest.mark.parametrize("base", [text(b"x") + b"-----BEGIN CERTIFICATE-----\n", b"-----BEGIN X-----\n*\n-----END X-----\n"])
def test_a_damaged_base(base):
    with pytest.raises(DamagedBase, match=r"line [24]: "):
        join(base, [PemFile((), ())])
