"""The contract of the certificates process: what it answers (BundleFacts), as JSON. Both sides import this file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Dict, Tuple

from scratch_image.oci import canonical_json


@dataclass(frozen=True)
class CertificateFacts:
    """One certificate: its subject (RFC 4514), the SHA-256 of its DER in hexadecimal, and its dates (RFC 3339, UTC).
    Whether they have passed is not here: no process of ours reads a clock."""

    subject: str
    sha256: str
    not_before: str
    not_after: str

    def to_dict(self) -> Dict[str, object]:
        """As JSON has it, in `image.json` as well."""
        return {
            "subject": self.subject,
            "sha256": self.sha256,
            "notBefore": self.not_before,
            "notAfter": self.not_after,
        }


@dataclass(frozen=True)
class BundleFacts:
    """The certificates in the files of the user, each once and in order; or the mistakes, sentences with file and line:
    then there is no certificate and no bundle."""

    certificates: Tuple[CertificateFacts, ...]
    mistakes: Tuple[str, ...]

    def to_dict(self) -> Dict[str, object]:
        """As JSON has it."""
        return {
            "certificates": [certificate.to_dict() for certificate in self.certificates],
            "mistakes": list(self.mistakes),
        }

    def to_json(self) -> bytes:
        """What the process writes."""
        return canonical_json.encode(self.to_dict())

    @classmethod
    def from_json(cls, content: bytes) -> BundleFacts:
        """Reads what to_json() wrote."""
        data = json.loads(content)
        certificates = (
            CertificateFacts(item["subject"], item["sha256"], item["notBefore"], item["notAfter"])
            for item in data["certificates"]
        )
        return cls(tuple(certificates), tuple(data["mistakes"]))
