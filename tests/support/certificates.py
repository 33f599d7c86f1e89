"""Certificates for tests: made when asked for, with keys of elliptic curves, which are quick to make."""

from __future__ import annotations

from datetime import datetime
from typing import Any, List, Optional, Tuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

CA = x509.BasicConstraints(ca=True, path_length=None)
NO_CA = x509.BasicConstraints(ca=False, path_length=None)
START, END = datetime(2020, 2, 3, 4, 5, 6), datetime(2120, 2, 3, 4, 5, 6)


class Issued:
    """A certificate in DER, its name and its key; by another, or by itself."""

    def __init__(
        self,
        common_name: str,
        extensions: Tuple[Any, ...] = (CA,),
        by: Optional[Issued] = None,
        dates: Tuple[datetime, datetime] = (START, END),
        more: Tuple[Tuple[Any, str], ...] = (),
    ) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        pairs: List[Tuple[Any, str]] = [(NameOID.COMMON_NAME, common_name)] if common_name else []
        self.name = x509.Name([x509.NameAttribute(oid, value) for oid, value in (*pairs, *more)])
        issuer = by or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(issuer.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(dates[0])
            .not_valid_after(dates[1])
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        self.der = builder.sign(issuer.key, SHA256()).public_bytes(Encoding.DER)
