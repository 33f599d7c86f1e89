"""Certificates in files, for servers and clients of tests on the loopback."""

from __future__ import annotations

import base64
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from tests.support.certificates import NO_CA, Issued


@dataclass(frozen=True)
class Files:
    """Paths of PEM files. `locked` is the client's key with a password."""

    authority: str
    server: str
    server_key: str
    client: str
    client_key: str
    locked: str

    def server_context(self, demand_client: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server, self.server_key)
        if demand_client:
            context.load_verify_locations(self.authority)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def write(directory: Path, name: str = "localhost") -> Files:
    """An authority, a certificate by it for 127.0.0.1 and a name, and one for a client."""
    directory.mkdir(parents=True, exist_ok=True)
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    authority = Issued("authority of tests")
    server, client = Issued(name, (NO_CA, names), authority), Issued("client", (NO_CA,), authority)
    paths = {}
    for key, issued in (("authority", authority), ("server", server), ("client", client)):
        paths[key] = str(directory / f"{key}.pem")
        Path(paths[key]).write_bytes(_pem(issued.der))
    for key, issued in (("server_key", server), ("client_key", client)):
        paths[key] = str(directory / f"{key}.pem")
        content = issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        Path(paths[key]).write_bytes(content)
    paths["locked"] = str(directory / "locked.pem")
    locked = client.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a password"))
    Path(paths["locked"]).write_bytes(locked)
    return Files(**paths)


def _pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
