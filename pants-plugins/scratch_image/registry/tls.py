"""Contexts for TLS, and errors of TLS in words."""

from __future__ import annotations

import ssl
from typing import Optional

from scratch_image.registry.errors import RegistryError, Transient, Untrusted


def context(
    *, default_ca_file: Optional[str], ca_file: Optional[str], certificate: Optional[str], key: Optional[str]
) -> ssl.SSLContext:
    """A context that checks certificates and names. All files are PEM: `default_ca_file` replaces the system's authorities,
    `ca_file` adds to them, `certificate` and `key` are the client's. Raises RegistryError for one that cannot be used."""
    result = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    result.minimum_version = ssl.TLSVersion.TLSv1_2
    path = ""
    try:
        if not default_ca_file:
            result.load_default_certs()
        for path in filter(None, (default_ca_file, ca_file)):
            result.load_verify_locations(path)
        if certificate:
            path = certificate if key is None else f"{certificate}, {key}"
            # Without a function OpenSSL would ask the terminal for the password of an encrypted key.
            result.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not valid, or key and certificate do not belong together"
        cure = "name PEM files, and a key without a password"
        raise RegistryError(f"{path} cannot be used for TLS: {reason}", cure) from None
    return result


def failure(origin: str, text: str) -> RegistryError:
    """The error for what OpenSSL says of a connection to an origin: Untrusted, or Transient if that may pass."""
    lower = text.lower()
    if "certificate_verify_failed" in lower:
        reason = text.partition("certificate verify failed: ")[2].partition(" (_ssl")[0] or "it is not trusted"
        cure = "set the registry's `ca_file` to the certificate of its authority"
        return Untrusted(f"the certificate of {origin} is not valid: {reason}", cure)
    if "wrong_version_number" in lower or "http_request" in lower or "record layer failure" in lower:
        cure = "set the registry's `insecure = true` if it speaks plain HTTP"
        return Untrusted(f"{origin} does not speak TLS", cure)
    if "certificate required" in lower or "certificate_required" in lower or "bad certificate" in lower:
        cure = "set the registry's `client_certificate` and `client_key`"
        return Untrusted(f"{origin} does not accept this client's certificate", cure)
    reason = text.partition("] ")[2].partition(" (_ssl")[0] or "no reason given"
    return Transient(f"{origin}: the TLS handshake failed ({reason})")
