"""Whether the user's CA certificates are valid on a day. Not asked when an image is made: it must not depend on the day."""

from __future__ import annotations

from typing import Iterator

from scratch_image.certificates.facts import BundleFacts
from scratch_image.checks.findings import Finding, found


def validity(bundle: BundleFacts, now: str) -> Iterator[Finding]:
    """`now` is RFC 3339 in UTC without fractions, as the certificates' dates are: such texts compare as the times do."""
    for certificate in bundle.certificates:
        what = f"{certificate.subject} in `ca_bundle` (SHA-256 {certificate.sha256[:16]}…)"
        if certificate.not_after < now:
            yield found("SR060", f"{what} has expired on {certificate.not_after[:10]}", "replace the certificate")
        elif certificate.not_before > now:
            text = f"{what} is not valid before {certificate.not_before[:10]}"
            yield found("SR060", text, "replace the certificate, or wait")
