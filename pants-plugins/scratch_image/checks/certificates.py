"""Whether the user's CA certificates are valid on a day. Not asked when an image is made: it must not depend on the day."""

from __future__ import annotations

from typing import Iterator

from scratch_image.certificates.facts import BundleFacts
from scratch_image.checks.findings import Finding


def validity(bundle: BundleFacts, now: str) -> Iterator[Finding]:
    """SR060. `now` is RFC 3339 in UTC without fractions, like the certificates' dates: such texts compare as times do."""
    for certificate in bundle.certificates:
        name = f"{certificate.subject} in `ca_bundle` (SHA-256 {certificate.sha256[:16]}…)"
        if certificate.not_after < now:
            yield Finding.of("SR060", f"{name} expired on {certificate.not_after[:10]}")
        elif certificate.not_before > now:
            text = f"{name} is not valid before {certificate.not_before[:10]}"
            yield Finding.of("SR060", text, "replace the certificate, or wait")
