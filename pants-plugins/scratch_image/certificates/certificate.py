"""One CA certificate, read from DER (RFC 5280) by the library `cryptography`: the only file that imports it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from scratch_image.certificates.facts import CertificateFacts

# Control characters, and those that change the direction of writing: a log shows the subject.
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class NotCaCertificate(Exception):
    """These bytes are not the certificate of a CA; the text is the end of a sentence."""


@dataclass(frozen=True)
class Certificate:
    """A certificate's bytes, `der`, and what they say."""

    der: bytes
    facts: CertificateFacts


def read(der: bytes) -> Certificate:
    """Reads a certificate. Raises NotCaCertificate; signatures and dates are not checked."""
    try:
        parsed = x509.load_der_x509_certificate(der)
        # The library reads most parts only when they are asked for.
        subject = _shown(parsed.subject.rfc4514_string())
        own_issuer = parsed.subject == parsed.issuer
        extensions = parsed.extensions
        not_before, not_after = _rfc3339(parsed.not_valid_before_utc), _rfc3339(parsed.not_valid_after_utc)
    # The library has no base of its errors: a ValueError, a KeyError, or one of its own.
    except Exception as error:
        raise NotCaCertificate(f"this certificate cannot be read ({type(error).__name__}: {error})") from error
    _require_ca(subject, own_issuer, extensions)
    return Certificate(der, CertificateFacts(subject, hashlib.sha256(der).hexdigest(), not_before, not_after))


def _require_ca(subject: str, own_issuer: bool, extensions: x509.Extensions) -> None:
    """RFC 5280, section 4.2.1.9: without the extension, or without its cA, a key must not verify certificates.

    Old roots (version 1) have no extensions; as in other readers, those that issued themselves are accepted.
    """
    name = subject or "this certificate without a subject"
    try:
        is_ca = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        if own_issuer:
            return
        raise NotCaCertificate(
            f"{name} is not a CA certificate: it has no basic constraints and is not self-issued"
        ) from None
    if not is_ca:
        raise NotCaCertificate(f"{name} is not a CA certificate: it has CA:FALSE. Name the CA that issued it")


def _shown(subject: str) -> str:
    """RFC 4514, section 2.4: any character may be written as its bytes in hexadecimal."""
    return _NOT_SHOWN.sub(lambda match: "".join(f"\\{byte:02X}" for byte in match[0].encode("utf-8")), subject)


def _rfc3339(moment: datetime) -> str:
    # Not strftime: whether its %Y has four digits depends on the C library.
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
