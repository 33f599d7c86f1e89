"""The contract of the certificates process: what it answers (BundleFacts), as JSON. Both sides import this file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Dict, Tuple

from scratch_image.oci import canonical_json


@dataclass(frozen=True)
class CertificateFacts:
    """One certificate: its subject (RFC 4514), the SHA-256 of its DER in hexadecimal, and its dates (RFC 3339, UTC).

    The dates are only told. Whether one has passed depends on the day, and no process of ours looks at a clock.
    """

    subject: str
    sha256: str
    not_before: str
    not_after: str

    def to_dict(self) -> Dict[str, object]:
        return {
            "subject": self.subject,
            "sha256": self.sha256,
            "notBefore": self.not_before,
            "notAfter": self.not_after,
        }


@dataclass(frozen=True)
class BundleFacts:
    """What the user's files hold: their certificates, each once and in order, or all that is wrong with the files.

    With mistakes there are no certificates, and no bundle was written. A mistake is a sentence that names file and line.
    """

    certificates: Tuple[CertificateFacts, ...]
    mistakes: Tuple[str, ...]

    def to_dict(self) -> Dict[str, object]:
        return {
            "certificates": [certificate.to_dict() for certificate in self.certificates],
            "mistakes": list(self.mistakes),
        }

    def to_json(self) -> bytes:
        return canonical_json.encode(self.to_dict())

    @classmethod
    def from_json(cls, content: bytes) -> BundleFacts:
        data = json.loads(content)
        certificates = (
            CertificateFacts(item["subject"], item["sha256"], item["notBefore"], item["notAfter"])
            for item in data["certificates"]
        )
        return cls(tuple(certificates), tuple(data["mistakes"]))
