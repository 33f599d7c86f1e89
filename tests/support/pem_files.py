"""Certificates as texts, and their facts."""

from __future__ import annotations

from scratch_image.certificates import pem
from scratch_image.certificates.facts import CertificateFacts
from tests.support.certificates import Issued

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
