"""A bundle of CA certificates: what users' PEM files hold, checked, behind a base that is taken as it is.

Everything wrong is said at once, by file and line. The user's certificates are written anew: in the order given, each
once, without comments, in the strict form of RFC 7468.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Set, Tuple, Union

from scratch_image.certificates import certificate, pem
from scratch_image.certificates.certificate import Certificate, NoCaCertificate
from scratch_image.certificates.facts import BundleFacts

# Far above every trust store, and little enough for a moment's work: Mozilla's has some 150 certificates in 0.3 MB.
MAX_SIZE = 16 << 20
MAX_CERTIFICATES = 4096
# A file that is something else altogether has a mistake in every line.
_MAX_MISTAKES = 20

_LABEL = "CERTIFICATE"
# Blocks that hold a certificate in another wrapping, and how to unwrap it.
_CURES = {
    "X509 CERTIFICATE": "write -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----",
    "TRUSTED CERTIFICATE": "convert it with `openssl x509 -in FILE -out NEW`",
    "PKCS7": "take the certificates out of it with `openssl pkcs7 -print_certs -in FILE -out NEW`",
    "CMS": "take the certificates out of it with `openssl pkcs7 -print_certs -in FILE -out NEW`",
}


class DamagedBase(Exception):
    """The base of a bundle, which is ours, has a mistake."""


@dataclass(frozen=True)
class PemFile:
    """The certificates of one file, in order and as often as they are in it, and its mistakes as whole sentences."""

    certificates: Tuple[Certificate, ...]
    mistakes: Tuple[str, ...]


@dataclass(frozen=True)
class Bundle:
    """`content` is empty if the facts have mistakes."""

    content: bytes
    facts: BundleFacts


def read_pem(name: str, content: bytes) -> PemFile:
    """Reads one file; `name` is what its mistakes call it."""
    wrong = _wrong_as_a_whole(content)
    if wrong:
        return PemFile((), (f"{name}: {wrong}.",))
    found: List[Certificate] = []
    mistakes: List[pem.Mistake] = []
    for item in pem.split(content.removeprefix(b"\xef\xbb\xbf")):
        result = item if isinstance(item, pem.Mistake) else _read_block(item)
        if isinstance(result, pem.Mistake):
            mistakes.append(result)
            if len(mistakes) == _MAX_MISTAKES:
                mistakes.append(pem.Mistake(item.line, "the file is not read any further, for it has too many mistakes"))
                break
        elif len(found) == MAX_CERTIFICATES:
            mistakes.append(pem.Mistake(item.line, f"there are more than {MAX_CERTIFICATES} certificates in this file"))
            break
        else:
            found.append(result)
    if not found and not mistakes:
        return PemFile((), (f"{name}: no certificate: no line of it is -----BEGIN CERTIFICATE-----.",))
    return PemFile(tuple(found), tuple(f"{name}, line {mistake.line}: {mistake.text}." for mistake in mistakes))


def join(base: bytes, files: Iterable[PemFile]) -> Bundle:
    """The bundle of a base (PEM text, or nothing) and files. Raises DamagedBase."""
    files = tuple(files)
    mistakes = tuple(mistake for file in files for mistake in file.mistakes)
    if mistakes:
        return Bundle(b"", BundleFacts((), mistakes))
    # A dict keeps the order in which keys came first.
    once = {item.der: item for file in files for item in file.certificates}
    there = _contents(base)
    pieces = [base, b"" if base.endswith(b"\n") or not base else b"\n"]
    pieces.extend(pem.encode(_LABEL, der) for der in once if der not in there)
    return Bundle(b"".join(pieces), BundleFacts(tuple(item.facts for item in once.values()), ()))


def _wrong_as_a_whole(content: bytes) -> str:
    """What makes a file no PEM at all, as a sentence; empty if nothing does."""
    if len(content) > MAX_SIZE:
        return f"more than {MAX_SIZE >> 20} MiB: this is no file of CA certificates"
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


def _read_block(block: pem.Block) -> Union[Certificate, pem.Mistake]:
    if block.label.endswith("PRIVATE KEY"):
        return pem.Mistake(block.line, f"a private key ({block.label}). A private key must not be in an image")
    if block.label != _LABEL:
        cure = _CURES.get(block.label, "take it out of the file")
        return pem.Mistake(block.line, f"{block.label} is no block of the type CERTIFICATE: {cure}")
    der = pem.decode(block)
    if isinstance(der, pem.Mistake):
        return der
    try:
        return certificate.read(der)
    except NoCaCertificate as error:
        return pem.Mistake(block.line, str(error))


def _contents(base: bytes) -> Set[bytes]:
    found = set()
    for item in pem.split(base):
        content = item if isinstance(item, pem.Mistake) else pem.decode(item)
        if isinstance(content, pem.Mistake):
            raise DamagedBase(f"the base of the bundle, line {content.line}: {content.text}")
        found.add(content)
    return found
