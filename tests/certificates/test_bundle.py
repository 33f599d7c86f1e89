"""Pins down what a file of CA certificates is, that each mistake names its line, and the bytes of a bundle."""

from __future__ import annotations

import base64
import re
import ssl
import subprocess
from datetime import datetime
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtensionOID, NameOID

from scratch_image.certificates import bundle, certificate, der, pem
from scratch_image.certificates.bundle import DamagedBase, PemFile, join, read_pem
from scratch_image.certificates.facts import BundleFacts, CertificateFacts
from tests.support.certificates import CA, NO_CA, Issued
from tests.support.tools import require

# A certificate as `openssl req -x509` writes it, and one of version 1 as `openssl x509 -req -signkey` does.
ROOT = b"""-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIBAjAKBggqhkjOPQQDAjAnMRYwFAYDVQQKDA1FeGFtcGxl
LCBJbmMuMQ0wCwYDVQQDDARSb290MB4XDTI2MTEyMzEyMzYyNFoXDTQ2MTExODEy
MzYyNFowJzEWMBQGA1UECgwNRXhhbXBsZSwgSW5jLjENMAsGA1UEAwwEUm9vdDBZ
MBMGByqGSM49AgEGCCqGSM49AwEHA0IABL2RmXJFiIWYT8O8nEWbWonIaIjNyBV1
8mBNmxiImY80nU3wbOCXYXzZP5h7jWGmPgkAuth7nrJBXJ2RQT5j522jUzBRMB0G
A1UdDgQWBBRhJ6DLgJ3+LPiuwBFOVP2sfjJvYzAfBgNVHSMEGDAWgBRhJ6DLgJ3+
LPiuwBFOVP2sfjJvYzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUC
IEeI4n0fDOHoLFcs+5Tn7VJh2z1mTwhsymoY5VCvsYhGAiEA0gQsZi4fy857oMkg
nDHhVllR33bcxDCUx/GgpMp/bf4=
-----END CERTIFICATE-----
"""
ROOT_FACTS = CertificateFacts(
    subject="CN=Root,O=Example\\, Inc.",
    sha256="216eace43f3aa6bf2dd3b58bfc8b37d14d43e43b8a3b9cd9469a173471ed18e1",
    not_before="2026-11-23T12:36:24Z",
    not_after="2046-11-18T12:36:24Z",
)
VERSION_1 = b"""-----BEGIN CERTIFICATE-----
MIIBPTCB5AIBATAKBggqhkjOPQQDAjArMRYwFAYDVQQKDA1FeGFtcGxlLCBJbmMu
MREwDwYDVQQDDAhPbGQgUm9vdDAeFw0yNjExMjMxMjM2MjRaFw0zNjExMjAxMjM2
MjRaMCsxFjAUBgNVBAoMDUV4YW1wbGUsIEluYy4xETAPBgNVBAMMCE9sZCBSb290
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvZGZckWIhZhPw7ycRZtaichoiM3I
FXXyYE2bGIiZjzSdTfBs4JdhfNk/mHuNYaY+CQC62HueskFcnZFBPmPnbTAKBggq
hkjOPQQDAgNIADBFAiEA/RaH7QgomHqGW0whI1ocCL8f3EXqT6u9DTn5qtuwifkC
IA8tBU0w8FjQ3QsE9yqncDrnwqHAns6a4OMzLd//hoqc
-----END CERTIFICATE-----
"""
ROOT_DER = pem.decode(next(pem.split(ROOT)))
OTHER = Issued("Other")
THIRD = Issued("Third", by=OTHER)


def text(der, label="CERTIFICATE"):
    return pem.encode(label, der)


def subjects(file):
    assert file.mistakes == ()
    return [item.facts.subject for item in file.certificates]


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


def mozilla():
    with open(certifi.where(), "rb") as file:
        return file.read()


def loaded(path):
    """The DER of each certificate that the interpreter's TLS library takes from a file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=str(path))
    return context.get_ca_certs(binary_form=True)


def test_mozillas_certificates_are_a_good_base(tmp_path):
    result = join(mozilla(), [read_pem("ca.pem", ROOT + text(OTHER.der) + text(THIRD.der))])
    assert result.content == mozilla() + ROOT + text(OTHER.der) + text(THIRD.der)
    path = tmp_path / "bundle.pem"
    path.write_bytes(result.content)
    count = mozilla().count(b"-----BEGIN CERTIFICATE-----")
    assert count > 100
    assert len(loaded(path)) == count + 3
    assert {ROOT_DER, OTHER.der, THIRD.der} <= set(loaded(path))


def test_mozillas_certificates_are_good_files():
    """What the strict reader refuses would be refused to a user who brings the certificates of a system."""
    file = read_pem("cacert.pem", mozilla())
    assert file.mistakes == ()
    said = re.findall(r"# SHA256 Fingerprint: ([0-9a-f:]+)", mozilla().decode())
    assert [item.facts.sha256 for item in file.certificates] == [text.replace(":", "") for text in said]
    assert join(mozilla(), [file]).content == mozilla()


def openssl(*arguments, content=b""):
    command = [require("openssl"), *map(str, arguments)]
    return subprocess.run(command, input=content, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("content", [ROOT, VERSION_1, text(OTHER.der)], ids=["root", "version 1", "made here"])
def test_openssl_reads_the_same_facts(content):
    (item,) = read_pem("ca.pem", content).certificates
    shown = openssl("x509", "-noout", "-fingerprint", "-sha256", "-subject", "-nameopt", "RFC2253", content=content).stdout
    said = dict(line.split("=", 1) for line in shown.decode().splitlines())
    # The word before "Fingerprint" is in capitals or not, by version.
    fingerprint = next(value for key, value in said.items() if key.lower() == "sha256 fingerprint")
    assert fingerprint.replace(":", "").lower() == item.facts.sha256
    assert said["subject"].strip() == item.facts.subject
    dates = openssl("x509", "-noout", "-dates", content=content).stdout.decode()
    for name, want in (("notBefore", item.facts.not_before), ("notAfter", item.facts.not_after)):
        found = re.search(rf"{name}=(.*) GMT", dates)[1]
        assert datetime.strptime(" ".join(found.split()), "%b %d %H:%M:%S %Y").isoformat() + "Z" == want


def test_openssl_verifies_with_the_bundle(tmp_path):
    leaf = Issued("leaf", (NO_CA,), by=THIRD)
    (tmp_path / "leaf.pem").write_bytes(text(leaf.der))
    bundles = {"with": text(OTHER.der) + text(THIRD.der), "without": ROOT}
    for name, files in bundles.items():
        (tmp_path / name).write_bytes(join(mozilla(), [read_pem("ca.pem", files)]).content)
    alone = ("-no-CApath", "-no-CAfile", "-CAfile")
    assert openssl("verify", *alone, tmp_path / "with", tmp_path / "leaf.pem").returncode == 0
    assert openssl("verify", *alone, tmp_path / "without", tmp_path / "leaf.pem").returncode != 0


def test_extensions_that_are_not_ours_to_judge():
    other = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"anything")
    assert subjects(read_pem("ca.pem", text(Issued("x", (CA, other)).der))) == ["CN=x"]


def test_dates_without_the_library():
    """The validator reads them so: of all roots of certifi, and in both forms of time."""
    late = Issued("late", dates=(datetime(1950, 1, 2, 3, 4, 5), datetime(2050, 1, 2, 3, 4, 5)))
    roots = [
        pem.decode(block) for block in pem.split(Path(certifi.where()).read_bytes()) if not isinstance(block, pem.PemMistake)
    ]
    assert len(roots) > 100
    for content in (*roots, ROOT_DER, pem.decode(next(pem.split(VERSION_1))), OTHER.der, THIRD.der, late.der):
        facts = certificate.read(content).facts
        assert der.dates(content) == (facts.not_before, facts.not_after)


@pytest.mark.parametrize(
    "content", [b"", b"0", b"\x30\x03\x02\x01\x01", b"\x30\x82", OTHER.der[:90], b"\x31" + OTHER.der[1:]]
)
def test_what_has_no_dates(content):
    with pytest.raises(ValueError):
        der.dates(content)


def test_dates_of_damaged_certificates_raise_nothing_else():
    for at in range(len(OTHER.der)):
        for changed in (OTHER.der[:at], OTHER.der[:at] + b"\xff" + OTHER.der[at + 1 :]):
            try:
                der.dates(changed)
            except ValueError:
                pass
