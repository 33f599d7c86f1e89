"""Pins down that OpenSSL reads what is read here, and Mozilla's certificates among it."""

from __future__ import annotations

import re
import ssl
import subprocess
from datetime import datetime
from pathlib import Path

import certifi
import pytest
from cryptography import x509

from scratch_image.certificates import certificate, der, pem
from scratch_image.certificates.bundle import join, read_pem
from tests.support.certificates import CA, NO_CA, Issued
from tests.support.pem_files import OTHER, ROOT, ROOT_DER, THIRD, VERSION_1, subjects, text
from tests.support.tools import require


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
