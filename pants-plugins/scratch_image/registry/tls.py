"""How connections are protected: whose certificates hold, which one is ours, and what is said where it fails."""

from __future__ import annotations

import ssl
from typing import Optional

from scratch_image.registry.errors import RegistryError, Transient, Untrusted


def context(
    ca_file: Optional[str], default_ca_file: Optional[str], certificate: Optional[str], key: Optional[str]
) -> ssl.SSLContext:
    """A client's context that checks certificates and names. A CA file of the registry adds to those of the system.
    Raises RegistryError for a file that can not be used."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    path = ""
    try:
        if default_ca_file:
            path = default_ca_file
            made.load_verify_locations(path)
        else:
            made.load_default_certs()
        if ca_file:
            path = ca_file
            made.load_verify_locations(path)
        if certificate:
            path = certificate if key is None else f"{certificate}, {key}"
            # Without a function OpenSSL would ask the terminal for the password of an encrypted key.
            made.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not PEM, or key and certificate do not belong together"
        raise RegistryError(f"{path} can not be used for TLS: {reason}") from None
    return made


def failure(origin: str, text: str) -> RegistryError:
    """The error for what OpenSSL says of a connection to an origin."""
    if "CERTIFICATE_VERIFY_FAILED" in text:
        reason = text.partition("certificate verify failed: ")[2].partition(" (_ssl")[0] or "it is not trusted"
        cure = "name the certificate of its authority as the registry's CA file"
        return Untrusted(f"{origin} shows a certificate that does not hold: {reason}", cure)
    if "WRONG_VERSION_NUMBER" in text or "HTTP_REQUEST" in text or "record layer failure" in text.lower():
        return Untrusted(f"{origin} does not speak TLS", "say that the registry is insecure, if plain HTTP is meant")
    if "certificate required" in text.lower() or "CERTIFICATE_REQUIRED" in text or "bad certificate" in text.lower():
        return Untrusted(f"{origin} wants another certificate of ours", "name a client certificate and its key")
    return Transient(f"{origin}: TLS could not be agreed on ({_plain(text)})")


def _plain(text: str) -> str:
    return text.partition("] ")[2].partition(" (_ssl")[0] or "no reason given"
