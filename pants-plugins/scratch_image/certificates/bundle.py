"""A bundle of CA certificates: a base, unchanged, and the checked certificates of PEM files of the user.

All mistakes are reported together, by file and line. The user's certificates are written again: in the order given, each
once, without comments, in the strict form of RFC 7468.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Set, Tuple, Union

from scratch_image.certificates import certificate, pem
from scratch_image.certificates.certificate import Certificate, NotCaCertificate
from scratch_image.certificates.facts import BundleFacts
from scratch_image.oci.numbers import counted

# Far above every trust store: Mozilla's has some 150 certificates in 0.3 MB.
MAX_SIZE = 16 << 20
MAX_CERTIFICATES = 4096
# A file of another kind has a mistake in every line.
_MAX_MISTAKES = 20

_LABEL = "CERTIFICATE"
# Blocks that contain a certificate in another form, and how to extract it.
_CURES = {
    "X509 CERTIFICATE": "write -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----",
    "TRUSTED CERTIFICATE": "convert it with `openssl x509 -in FILE -out NEW`",
    "PKCS7": "extract the certificates with `openssl pkcs7 -print_certs -in FILE -out NEW`",
    "CMS": "extract the certificates with `openssl pkcs7 -print_certs -in FILE -out NEW`",
}


class DamagedBase(Exception):
    """The base of a bundle, which no user wrote, has a mistake."""


@dataclass(frozen=True)
class PemFile:
    """The certificates of one file, in order and with repetitions, and its mistakes as sentences."""

    certificates: Tuple[Certificate, ...]
    mistakes: Tuple[str, ...]


@dataclass(frozen=True)
class JoinedCertificates:
    """PEM text and its facts; `content` is empty if the facts have mistakes."""

    content: bytes
    facts: BundleFacts


def read_pem(name: str, content: bytes) -> PemFile:
    """Reads one file; its mistakes begin with `name`."""
    problem = _problem_of(content)
    if problem:
        return PemFile((), (f"{name}: {problem}.",))
    certificates: List[Certificate] = []
    mistakes: List[pem.PemMistake] = []
    for item in pem.split(content.removeprefix(b"\xef\xbb\xbf")):
        result = item if isinstance(item, pem.PemMistake) else _read_block(item)
        if isinstance(result, pem.PemMistake):
            mistakes.append(result)
            if len(mistakes) == _MAX_MISTAKES:
                mistakes.append(pem.PemMistake(item.line, "the rest of the file is not read: it has too many mistakes"))
                break
        elif len(certificates) == MAX_CERTIFICATES:
            mistakes.append(pem.PemMistake(item.line, f"this file has more than {MAX_CERTIFICATES} certificates"))
            break
        else:
            certificates.append(result)
    if not certificates and not mistakes:
        return PemFile((), (f"{name}: it has no certificate: no line is -----BEGIN CERTIFICATE-----.",))
    return PemFile(tuple(certificates), tuple(f"{name}, line {mistake.line}: {mistake.text}." for mistake in mistakes))


def join(base: bytes, files: Iterable[PemFile]) -> JoinedCertificates:
    """The bundle of a base (PEM text, or nothing) and files. Raises DamagedBase."""
    files = tuple(files)
    mistakes = tuple(mistake for file in files for mistake in file.mistakes)
    if mistakes:
        return JoinedCertificates(b"", BundleFacts((), mistakes))
    once = {item.der: item for file in files for item in file.certificates}
    in_base = _contents(base)
    pieces = [base, b"" if base.endswith(b"\n") or not base else b"\n"]
    pieces.extend(pem.encode(_LABEL, der) for der in once if der not in in_base)
    return JoinedCertificates(b"".join(pieces), BundleFacts(tuple(item.facts for item in once.values()), ()))


def _problem_of(content: bytes) -> str:
    """Why a file is not PEM at all, as a sentence; empty if it may be."""
    if len(content) > MAX_SIZE:
        return f"the file has more than {counted(MAX_SIZE, 'byte')}, more than any set of CA certificates"
    if not content.strip():
        return "the file is empty"
    # The text encodings of some editors and shells.
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "the file is UTF-16 text. Save it as UTF-8 or ASCII"
    # A SEQUENCE whose length has a byte of its own (X.690, section 8.1.3.5), as every certificate's has.
    if content[:1] == b"0" and content[1:2] in (b"\x80", b"\x81", b"\x82", b"\x83", b"\x84"):
        return "the file is DER, not PEM. Convert it with `openssl x509 -inform der -in FILE -out NEW`"
    if b"\0" in content:
        return "the file is binary data, not PEM"
    return ""


def _read_block(block: pem.Block) -> Union[Certificate, pem.PemMistake]:
    if block.label.endswith("PRIVATE KEY"):
        return pem.PemMistake(block.line, f"a private key ({block.label}). A private key must not be in an image")
    if block.label != _LABEL:
        cure = _CURES.get(block.label, "remove it")
        return pem.PemMistake(block.line, f"expected a block of the type CERTIFICATE, got {block.label}: {cure}")
    der = pem.decode(block)
    if isinstance(der, pem.PemMistake):
        return der
    try:
        return certificate.read(der)
    except NotCaCertificate as error:
        return pem.PemMistake(block.line, str(error))


def _contents(base: bytes) -> Set[bytes]:
    contents = set()
    for item in pem.split(base):
        content = item if isinstance(item, pem.PemMistake) else pem.decode(item)
        if isinstance(content, pem.PemMistake):
            raise DamagedBase(f"the base of the bundle, line {content.line}: {content.text}")
        contents.add(content)
    return contents
