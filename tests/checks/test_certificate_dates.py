"""Pins down when a certificate of `ca_bundle` is reported: by its dates and the day that is given."""

from __future__ import annotations

import pytest

from scratch_image.certificates.facts import BundleFacts, CertificateFacts
from scratch_image.checks.certificates import validity

FROM, TO = "2020-03-01T12:00:00Z", "2030-03-01T12:00:00Z"
DAYS = [
    # now, the message, reason
    ("2025-01-01T00:00:00Z", None, "in between"),
    (FROM, None, "its first second"),
    (TO, None, "its last second"),
    ("2020-03-01T11:59:59Z", "is not valid before 2020-03-01", "a second before"),
    ("2030-03-01T12:00:01Z", "expired on 2030-03-01", "a second behind"),
    ("1970-01-01T00:00:00Z", "is not valid before", "a clock that is not set"),
    ("9999-12-31T23:59:59Z", "expired on", "the last day that can be written"),
]


@pytest.mark.parametrize("now, text, reason", DAYS)
def test_dates(now, text, reason):
    findings = list(validity(BundleFacts((CertificateFacts("CN=Grüße", "ab" * 32, FROM, TO),), ()), now))
    if text is None:
        assert findings == []
        return
    (finding,) = findings
    assert (finding.check, finding.severity) == ("SR060", "warning")
    assert finding.text.startswith("CN=Grüße in `ca_bundle` (SHA-256 abababababababab…) ") and text in finding.text
    assert finding.fix.startswith("replace the certificate")


def test_each_certificate_for_itself():
    dates = [(FROM, TO), ("1990-01-01T00:00:00Z", "1999-12-31T23:59:59Z"), ("2090-01-01T00:00:00Z", "2099-01-01T00:00:00Z")]
    bundle = BundleFacts(tuple(CertificateFacts(f"CN={number}", "", *pair) for number, pair in enumerate(dates)), ())
    assert [finding.text.split()[0] for finding in validity(bundle, "2025-01-01T00:00:00Z")] == ["CN=1", "CN=2"]
    assert list(validity(BundleFacts((), ()), "2025-01-01T00:00:00Z")) == []
