"""A whole package of an image with everything that a report can be about, and ways to change it.

The mutations in `mutations_of_*.py` are made of these: a row is a changed package, the parts in which the change has to be
found, and what has to be said of it.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any, Callable, Dict, Sequence, Tuple

from scratch_image.certificates.facts import BundleFacts, CertificateFacts
from scratch_image.certificates.pem import encode
from scratch_image.engine.own_files import own_file
from scratch_image.oci.names import CREATED_BY_FILES, CREATED_BY_INLINE, CREATED_BY_RUNTIME_FILES
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry
from scratch_image.report.image_json import RuntimeFilesReport
from scratch_image.runtime_files import catalog
from tests.support.dist import Dist, Layer, dist, program_layer
from tests.support.layouts import AMD64
from tests.support.programs import elf

RUNTIME, FILES, INLINE = CREATED_BY_RUNTIME_FILES, CREATED_BY_FILES, CREATED_BY_INLINE


Contents = Dict[Entry, bytes]


def file(path: str, content: bytes, mode: int = 0o644, owner: int = 0) -> Contents:
    return {FileEntry(path, "", len(content), mode, owner, owner): content}


def own(path: str, name: str, **fields: int) -> Contents:
    return file(path, own_file(f"runtime_files/data/{name}"), **fields)


def tlv(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))
    return bytes([tag]) + size + body


def certificate(name: bytes, before: bytes, after: bytes) -> bytes:
    """As much of a certificate as says its dates."""
    times = [tlv(0x17 if len(time) == 13 else 0x18, time) for time in (before, after)]
    subject, algorithm = tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x0C, name)))), tlv(0x30, tlv(0x06, b"\x2a\x03"))
    fields = (tlv(0xA0, tlv(2, b"\2")), tlv(2, b"\1"), algorithm, subject, tlv(0x30, *times), subject, tlv(0x30, bytes(200)))
    return tlv(0x30, tlv(0x30, *fields), algorithm, tlv(3, bytes(9)))


FIRST = certificate(b"first", b"200203040506Z", b"491231235959Z")


SECOND = certificate(b"second", b"500101000000Z", b"21200203040506Z")


THIRD = certificate(b"attacker", b"500101000000Z", b"21200203040506Z")


CERTIFICATES = (
    CertificateFacts("CN=first", hashlib.sha256(FIRST).hexdigest(), "2020-02-03T04:05:06Z", "2049-12-31T23:59:59Z"),
    CertificateFacts("CN=second", hashlib.sha256(SECOND).hexdigest(), "1950-01-01T00:00:00Z", "2120-02-03T04:05:06Z"),
)


CA_PATH = catalog.CA_PATH.lstrip("/")


def pem(*certificates: bytes) -> bytes:
    return b"".join(encode("CERTIFICATE", each) for each in certificates)


NONROOT = {
    **own("etc/passwd", "passwd"),
    **own("etc/group", "group"),
    DirectoryEntry("root", 0o700): b"",
    DirectoryEntry("home/nonroot", 0o700, 65532, 65532): b"",
}


ZONES = {**file("usr/share/zoneinfo/tzdata.zi", b"# version 2026f\n# x\n"), **file("usr/share/zoneinfo/UTC", b"TZif")}


TMP: Contents = {DirectoryEntry("tmp", 0o1777): b""}


CA = {**file(CA_PATH, pem(FIRST, SECOND)), SymlinkEntry("etc/ssl/cert.pem", catalog.CA_PATH): b""}


NAMES = ("tzdata", "tmp", "nonroot", "nsswitch")


CONTENTS: Contents = {**NONROOT, **ZONES, **TMP, **CA, **own("etc/nsswitch.conf", "nsswitch.conf")}


RUNTIME_FILES = RuntimeFilesReport(NAMES, {"tzdata": "2026.6"}, BundleFacts(CERTIFICATES, ()))


# A program that looks for certificates where the link is.
PROGRAM = elf(text="hello\n\0/etc/ssl/cert.pem\0SSL_CERT_FILE\0")


def whole(
    runtime: Contents = CONTENTS,
    program: Layer = program_layer(PROGRAM),
    report: RuntimeFilesReport = RUNTIME_FILES,
    more: Sequence[Layer] = (),
    **fields: Any,
) -> Dist:
    """A package with all that a report can be about."""
    return dist((AMD64, (Layer(runtime, RUNTIME), *more, program)), runtime_files=report, **fields)


ROOTS = RuntimeFilesReport((*NAMES, "ca-certificates"), {"tzdata": "2026.6", "ca-certificates": "1"}, RUNTIME_FILES.bundle)


GOOD = whole()


BOTH, LAYOUT, ARCHIVE = ("oci", "image.tar"), ("oci",), ("image.tar",)


Row = Tuple[Dist, Tuple[str, ...], str]


def without(contents: Contents, *paths: str) -> Contents:
    return {entry: content for entry, content in contents.items() if entry.path not in paths}


# The report alone: what it states differs from what is there.
def stated(*path: Any, value: object = None, drop: bool = False) -> Dist:
    def change(report: Dict[str, Any]) -> None:
        *way, last = path
        place: Any = report
        for step in way:
            place = place[step]
        if drop:
            del place[last]
        else:
            place[last] = value

    return GOOD.with_report(change)


def of_layout(change: Callable[[Dict[str, Any]], object]) -> Dist:
    return whole(written=("layout", "report")).with_report(change)


def of_report(change: Callable[[Dict[str, Any]], object]) -> Dist:
    return whole(written=("report",)).with_report(change)


M0 = ("manifests", 0)


ELF = (*M0, "facts", "elf")


LAST = (*M0, "layers", 1)
