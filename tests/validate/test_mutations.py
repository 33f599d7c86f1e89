"""Pins down that nothing of what `package` writes can be changed unseen: each row is one change of a whole package, the
parts in which it has to be found, and what has to be said of it. Where a change goes deeper than the report, every digest
above it is right again, as an attacker would make it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import struct
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any, Callable, Dict, Sequence, Tuple

import pytest

from scratch_image.assembler.compressors import gzip_member
from scratch_image.certificates.facts import BundleFacts, CertificateFacts
from scratch_image.certificates.pem import encode
from scratch_image.engine.own_files import own_file
from scratch_image.layout.unpack import unpack
from scratch_image.oci import canonical_json
from scratch_image.oci.names import (
    CREATED_BY_FILES,
    CREATED_BY_INLINE,
    CREATED_BY_PROGRAM,
    CREATED_BY_RUNTIME_FILES,
    CREATED_BY_TOOLS,
)
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry
from scratch_image.report.image_json import RuntimeFilesReport
from scratch_image.runtime_files import catalog
from scratch_image.validate.depth import FULL, Depth
from scratch_image.validate.package import check_path
from scratch_image.validate.result import ValidationResult
from tests.support.dist import Dist, Layer, dist, program_layer
from tests.support.layouts import AMD64, RUN
from tests.support.programs import AARCH64, CODE, INTERP, NEEDED, Segment, elf, elf_file

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
REPORTS: Dict[str, Row] = {
    "linkage": (stated(*ELF, "linkage", value="dynamic"), BOTH, "facts.elf.linkage: claimed 'dynamic', derived 'static'"),
    "machine": (stated(*ELF, "machine", value=183), BOTH, "facts.elf.machine: claimed 183, derived 62"),
    "machine as a fraction": (stated(*ELF, "machine", value=62.0), BOTH, "facts.elf.machine: claimed 62.0, derived 62"),
    "word size": (stated(*ELF, "wordSize", value=32), BOTH, "facts.elf.wordSize"),
    "a fact is gone": (stated(*ELF, "endianness", drop=True), BOTH, "facts.elf.endianness: claimed nothing"),
    "a fact too many": (stated(*ELF, "packed", value=True), BOTH, "facts.elf.packed: claimed true, derived nothing"),
    "a crate too many": (stated(*ELF, "crates", value=[{"name": "x"}]), BOTH, "facts.elf.crates: claimed a list of 1"),
    "a need is gone": (stated(*ELF, "needs", drop=True), BOTH, "facts.elf.needs: claimed nothing"),
    "no facts of a program": (stated(*M0, "facts", value={}), BOTH, "facts.elf: claimed nothing, derived an object"),
    "facts of no kind": (stated(*M0, "facts", "pe", value={}), BOTH, "facts.pe: claimed an object that is empty"),
    "no facts": (stated(*M0, "facts", drop=True), BOTH, "facts: expected an object, got nothing"),
    "a recipe of another compression": (
        stated(*LAST, "recipe", value="tar.1+zstd.1"),
        BOTH,
        "recipe: claimed 'tar.1+zstd.1'",
    ),
    "a recipe of none": (stated(*LAST, "recipe", value="tar.1"), BOTH, "recipe: claimed 'tar.1', derived gzip data"),
    "a recipe that there is not": (stated(*LAST, "recipe", value="tar.2+gzip.1"), BOTH, "not a recipe of this version"),
    "a level that is the default": (stated(*LAST, "recipe", value="tar.1+gzip.1:3"), BOTH, "not a recipe of this version"),
    "a level that there is not": (stated(*LAST, "recipe", value="tar.1+gzip.1:99"), BOTH, "recipe: gzip takes a level"),
    "no recipe": (stated(*LAST, "recipe", drop=True), BOTH, "recipe: expected a string, got nothing"),
    "diffId": (stated(*LAST, "diffId", value="sha256:" + "0" * 64), BOTH, "layers[1]: diffId: claimed"),
    "unpacked size": (stated(*LAST, "unpackedSize", value=1), BOTH, "unpackedSize: claimed 1"),
    "a runtime file too many": (
        stated(*M0, "runtimeFiles", "mime-types", value={}),
        BOTH,
        "runtimeFiles.mime-types: claimed an object that is empty",
    ),
    "a runtime file too few": (
        stated(*M0, "runtimeFiles", "tmp", drop=True),
        BOTH,
        "runtimeFiles.tmp: claimed nothing, derived an object",
    ),
    "a version of the time zones": (
        stated(*M0, "runtimeFiles", "tzdata", "version", value="2020.1"),
        BOTH,
        "claimed '2020.1', derived '2026.6'",
    ),
    "a version of what has none": (
        stated(*M0, "runtimeFiles", "tmp", "version", value="1"),
        BOTH,
        "runtimeFiles.tmp.version: claimed '1'",
    ),
    "no runtime files": (stated(*M0, "runtimeFiles", drop=True), BOTH, "runtimeFiles: expected an object, got nothing"),
    "a certificate of another digest": (
        stated(*M0, "caBundle", 0, "sha256", value="0" * 64),
        BOTH,
        "caBundle[0].sha256: claimed '0000",
    ),
    "a date of a certificate": (
        stated(*M0, "caBundle", 1, "notAfter", value="2999-01-01T00:00:00Z"),
        BOTH,
        "caBundle[1].notAfter: claimed '2999",
    ),
    "a certificate too few": (
        GOOD.with_report(lambda report: report["manifests"][0]["caBundle"].pop()),
        BOTH,
        "caBundle: claimed 1 certificates",
    ),
    "certificates in another order": (
        GOOD.with_report(lambda report: report["manifests"][0]["caBundle"].reverse()),
        BOTH,
        "caBundle[0].sha256",
    ),
    "no certificates of the user": (
        stated(*M0, "caBundle", drop=True),
        BOTH,
        "runtimeFiles.ca-certificates: claimed nothing, derived an object",
    ),
    "a reference that the archive has not": (
        stated("references", value=["evil.example/x:1"]),
        ARCHIVE,
        "references: claimed 'evil.example/x:1'",
    ),
    "names of the archive": (
        stated("archive", "references", value=["evil.example/x:1"]),
        ARCHIVE,
        "references: claimed evil.example/x:1",
    ),
    "digest of the archive": (
        stated("archive", "digest", value="sha256:" + "0" * 64),
        ARCHIVE,
        "image.json archive: digest: claimed sha256:0000",
    ),
    "size of the archive": (stated("archive", "size", value=1), ARCHIVE, "image.json archive: size: claimed 1, derived"),
    "nothing of the archive": (stated("archive", drop=True), ARCHIVE, "archive: expected an object, got nothing"),
    "an output that there is not": (
        stated("written", value=["layout", "archive", "report", "x"]),
        ("image.json",),
        "written[3]: expected one of layout",
    ),
    "written without the report": (
        stated("written", value=["layout", "archive"]),
        ("image.json",),
        "written: claimed layout, archive, derived report",
    ),
    "written twice": (
        stated("written", value=["layout", "layout", "archive", "report"]),
        ("image.json",),
        "each once and in their order",
    ),
    "written in another order": (
        stated("written", value=["report", "archive", "layout"]),
        ("image.json",),
        "each once and in their order",
    ),
    "a subject of a certificate that is none": (
        stated(*M0, "caBundle", 0, "subject", value=7),
        BOTH,
        "caBundle[0]: subject: expected a string, got 7",
    ),
    "no subject": (stated(*M0, "caBundle", 1, "subject", drop=True), BOTH, "subject: expected a string, got nothing"),
    "a digest of a certificate that is a list": (
        stated(*M0, "caBundle", 0, "sha256", value=[]),
        BOTH,
        "caBundle[0].sha256: claimed a list that is empty",
    ),
    "a version of certifi that is none": (
        whole(report=ROOTS).with_report(
            lambda report: report["manifests"][0]["runtimeFiles"].update({"ca-certificates": "1"})
        ),
        BOTH,
        "runtimeFiles.ca-certificates: claimed '1'",
    ),
    "a finding without a text": (
        stated(*M0, "findings", value=[{"check": "SR040", "severity": "info", "fix": ""}]),
        BOTH,
        "findings[0]: text: expected a string, got nothing",
    ),
    "no findings": (stated(*M0, "findings", drop=True), BOTH, "findings: expected a list, got nothing"),
    "no references": (stated("references", drop=True), BOTH, "references: expected a list, got nothing"),
    "the root's digest": (stated("root", "digest", value="x"), BOTH, "image.json root: digest: claimed 'x'"),
}


def finding(**changes: object) -> Dist:
    good = {"check": "SR040", "severity": "info", "text": "t", "fix": "f"}
    return stated(*M0, "findings", value=[{**good, **changes}])


NO_MEMBER = "a report of this version has no such member"
# The report alone: what no report holds, whatever the image is.
SCHEMA_ROWS: Dict[str, Row] = {
    "a member too many": (stated("evil", value=1), BOTH, f"image.json: member 'evil': {NO_MEMBER}"),
    "a member of the root": (stated("root", "evil", value=1), BOTH, f"root: member 'evil': {NO_MEMBER}"),
    "a member of the archive": (stated("archive", "evil", value=1), BOTH, f"archive: member 'evil': {NO_MEMBER}"),
    "a member of a manifest": (stated(*M0, "evil", value=1), BOTH, f"manifests[0]: member 'evil': {NO_MEMBER}"),
    "a member of a layer": (stated(*LAST, "evil", value=1), BOTH, f"layers[1]: member 'evil': {NO_MEMBER}"),
    "a member of a finding": (finding(evil=1), BOTH, f"findings[0]: member 'evil': {NO_MEMBER}"),
    "a member of a certificate": (
        stated(*M0, "caBundle", 0, "evil", value=1),
        BOTH,
        f"caBundle[0]: member 'evil': {NO_MEMBER}",
    ),
    "a check that there is not": (finding(check="ZZ999"), BOTH, "findings[0]: check: this version has no check 'ZZ999'"),
    "a severity that there is not": (
        finding(severity="fatal"),
        BOTH,
        "severity: expected one of error, warning, info, got 'fatal'",
    ),
    "a finding that is off": (finding(severity="off"), BOTH, "severity: expected one of error, warning, info, got 'off'"),
    "platforms that are no list": (stated("omittedPlatforms", value=5), BOTH, "omittedPlatforms: expected a list, got 5"),
    "platforms that are none": (stated("omittedPlatforms", value=[]), BOTH, "omittedPlatforms: expected platforms"),
    "a platform that is a number": (stated("omittedPlatforms", value=[5]), BOTH, "omittedPlatforms[0]: expected a string"),
    "a platform that there is not": (stated("omittedPlatforms", value=["linux/x"]), BOTH, "unknown architecture 'x'"),
    "a platform that the image has": (
        stated("omittedPlatforms", value=["linux/arm64", "linux/amd64"]),
        BOTH,
        "omittedPlatforms[1]: the image has the platform 'linux/amd64'",
    ),
    "a platform twice": (
        stated("omittedPlatforms", value=["linux/arm64", "linux/arm64"]),
        BOTH,
        "omittedPlatforms[1]: 'linux/arm64' is there twice",
    ),
    "a name twice": (
        stated("references", value=["registry.example/team/hello:1.0"] * 2),
        BOTH,
        "references[1]: 'registry.example/team/hello:1.0' is there twice",
    ),
    "a name that is none, without an archive": (
        of_layout(lambda report: report.update(references=["BAD NAME"])),
        LAYOUT,
        "references[0]: 'BAD NAME' has no tag",
    ),
    "a name twice, without an archive": (
        of_layout(lambda report: report.update(references=["x:1", "x:1"])),
        LAYOUT,
        "references[1]: 'x:1' is there twice",
    ),
    "an archive that was not written": (
        of_layout(lambda report: report.update(archive={"digest": "x", "size": 1, "references": []})),
        LAYOUT,
        "archive: `written` says that there is no archive",
    ),
    "no root, in a report alone": (
        of_report(lambda report: report.pop("root")),
        ("image.json",),
        "root: expected an object",
    ),
    "manifests that are none, in a report alone": (
        of_report(lambda report: report.update(manifests=5)),
        ("image.json",),
        "manifests: expected a list, got 5",
    ),
    "a member too many, in a report alone": (
        of_report(lambda report: report["manifests"][0].update(evil=1)),
        ("image.json",),
        f"member 'evil': {NO_MEMBER}",
    ),
}


def runtime_is(contents: Contents, **fields: Any) -> Dist:
    return whole(contents, **fields)


def certifi_is(contents: Contents) -> Dist:
    """Nothing but what is said to be certifi's certificates."""
    return whole({**contents}, program_layer(), RuntimeFilesReport(("ca-certificates",), {"ca-certificates": "1"}, None))


OLD_ZONES = b"# version 2020a\n"
PASSWD = own_file("runtime_files/data/passwd")
# The layer of runtime files is another one, and all digests fit.
CONTENT_ROWS: Dict[str, Row] = {
    "a user too many": (
        runtime_is({**without(CONTENTS, "etc/passwd"), **file("etc/passwd", PASSWD + b"evil:x:0:0::/:/x\n")}),
        BOTH,
        "/etc/passwd is not the file of 'nonroot'",
    ),
    "passwd that all may write": (
        runtime_is({**without(CONTENTS, "etc/passwd"), **own("etc/passwd", "passwd", mode=0o666)}),
        BOTH,
        "'/etc/passwd' is a file of mode 0666 and owner 0:0, and should be a file of mode 0644 and owner 0:0",
    ),
    "passwd of somebody": (
        runtime_is({**without(CONTENTS, "etc/passwd"), **own("etc/passwd", "passwd", owner=7)}),
        BOTH,
        "a file of mode 0644 and owner 7:7",
    ),
    "passwd a link": (
        runtime_is({**without(CONTENTS, "etc/passwd"), SymlinkEntry("etc/passwd", "group"): b""}),
        BOTH,
        "'/etc/passwd' is a link to 'group' of mode",
    ),
    "tmp without its bit": (
        runtime_is({**without(CONTENTS, "tmp"), DirectoryEntry("tmp", 0o777): b""}),
        BOTH,
        "'/tmp' is a directory of mode 0777 and owner 0:0, and should be a directory of mode 1777",
    ),
    "home of another": (
        runtime_is({**without(CONTENTS, "home/nonroot"), DirectoryEntry("home/nonroot", 0o700): b""}),
        BOTH,
        "'/home/nonroot' is a directory of mode 0700 and owner 0:0",
    ),
    "a file too many": (
        runtime_is({**CONTENTS, **file("etc/evil", b"x")}),
        BOTH,
        "has '/etc/evil', which `package` does not put there",
    ),
    "a link too many": (
        runtime_is({**CONTENTS, SymlinkEntry("etc/evil", "passwd"): b""}),
        BOTH,
        "has '/etc/evil', which `package`",
    ),
    "no group": (runtime_is(without(CONTENTS, "etc/group")), BOTH, "runtimeFiles.nonroot: claimed an object that is empty"),
    "no zones": (
        runtime_is(without(CONTENTS, *(entry.path for entry in ZONES))),
        BOTH,
        "runtimeFiles.tzdata: claimed an object of 1",
    ),
    "zones of another version": (
        runtime_is({**without(CONTENTS, "usr/share/zoneinfo/tzdata.zi"), **file("usr/share/zoneinfo/tzdata.zi", OLD_ZONES)}),
        BOTH,
        "derived '2020.1'",
    ),
    "zones of no version": (
        runtime_is(without(CONTENTS, "usr/share/zoneinfo/tzdata.zi")),
        BOTH,
        "runtimeFiles.tzdata.version: claimed '2026.6'",
    ),
    "no certificates": (runtime_is(without(CONTENTS, CA_PATH, "etc/ssl/cert.pem")), BOTH, "the image has no /etc/ssl/certs"),
    "a certificate of the attacker": (
        runtime_is({**without(CONTENTS, CA_PATH), **file(CA_PATH, pem(FIRST, SECOND, THIRD))}),
        BOTH,
        "caBundle: claimed 2 certificates, derived 3 of them",
    ),
    "another certificate": (
        runtime_is({**without(CONTENTS, CA_PATH), **file(CA_PATH, pem(FIRST, THIRD))}),
        BOTH,
        "caBundle[1].sha256",
    ),
    "one of them is gone, with certifi": (
        runtime_is({**without(CONTENTS, CA_PATH), **file(CA_PATH, pem(FIRST))}, report=ROOTS),
        BOTH,
        "caBundle: claimed 2 certificates, derived 1 of them",
    ),
    "a certificate that is none": (
        runtime_is({**without(CONTENTS, CA_PATH), **file(CA_PATH, pem(FIRST, b"0\x03\x02\x01\x01"))}),
        BOTH,
        "cannot be read",
    ),
    "a damaged certificate": (
        runtime_is({**without(CONTENTS, CA_PATH), **file(CA_PATH, pem(FIRST, SECOND).replace(b"-----END", b"!---END", 1))}),
        BOTH,
        "/etc/ssl/certs/ca-certificates.crt, line ",
    ),
    "two programs": (
        whole(program=Layer({**program_layer().contents, **file("b", b"x", mode=0o755)})),
        BOTH,
        "the layer of the program has 2 files",
    ),
    "a directory that all may write": (
        runtime_is({**CONTENTS, DirectoryEntry("etc", 0o777): b""}),
        BOTH,
        "'/etc' is a directory of mode 0777 and owner 0:0, and should be a directory of mode 0755 and owner 0:0",
    ),
    "a directory of somebody": (
        runtime_is({**CONTENTS, DirectoryEntry("usr/share", 0o755, 65532, 65532): b""}),
        BOTH,
        "'/usr/share' is a directory of mode 0755 and owner 65532:65532",
    ),
    "the home of all": (
        runtime_is({**CONTENTS, DirectoryEntry("home", 0o1777): b""}),
        BOTH,
        "'/home' is a directory of mode 1777",
    ),
    "a zone that is a program": (
        runtime_is({**CONTENTS, **file("usr/share/zoneinfo/evil", b"#!/x", mode=0o4755)}),
        BOTH,
        "'/usr/share/zoneinfo/evil' is a file of mode 4755",
    ),
    "a zone that is a link": (
        runtime_is({**CONTENTS, SymlinkEntry("usr/share/zoneinfo/evil", "/app"): b""}),
        BOTH,
        "'/usr/share/zoneinfo/evil' is a link to '/app'",
    ),
    "a zone of somebody": (
        runtime_is({**without(CONTENTS, "usr/share/zoneinfo/UTC"), **file("usr/share/zoneinfo/UTC", b"TZif", owner=1)}),
        BOTH,
        "'/usr/share/zoneinfo/UTC' is a file of mode 0644 and owner 1:1",
    ),
    "an empty directory among the zones": (
        runtime_is({**CONTENTS, DirectoryEntry("usr/share/zoneinfo/x"): b""}),
        BOTH,
        "has '/usr/share/zoneinfo/x', which `package` does not put there",
    ),
    "zones behind a link": (
        runtime_is({**without(CONTENTS, *(entry.path for entry in ZONES)), SymlinkEntry("usr/share/zoneinfo", "/app"): b""}),
        BOTH,
        "has '/usr/share/zoneinfo', which `package` does not put there",
    ),
    "a link to the certificates where no program looks": (
        runtime_is({**CONTENTS, SymlinkEntry("usr/bin/sh", catalog.CA_PATH): b""}),
        BOTH,
        "has '/usr/bin/sh', which `package` does not put there",
    ),
    "a link of somebody": (
        runtime_is({**without(CONTENTS, "etc/ssl/cert.pem"), SymlinkEntry("etc/ssl/cert.pem", catalog.CA_PATH, 7, 7): b""}),
        BOTH,
        "'/etc/ssl/cert.pem' is a link to '/etc/ssl/certs/ca-certificates.crt' of mode 0777 and owner 7:7",
    ),
    "a link that leads elsewhere": (
        runtime_is({**without(CONTENTS, "etc/ssl/cert.pem"), SymlinkEntry("etc/ssl/cert.pem", "/app"): b""}),
        BOTH,
        "'/etc/ssl/cert.pem' is a link to '/app'",
    ),
    "no link to the certificates": (
        runtime_is(without(CONTENTS, "etc/ssl/cert.pem")),
        BOTH,
        "the layer of runtime files lacks '/etc/ssl/cert.pem'",
    ),
    "certificates that all may write": (
        runtime_is({**without(CONTENTS, CA_PATH), **file(CA_PATH, pem(FIRST, SECOND), mode=0o666)}),
        BOTH,
        "'/etc/ssl/certs/ca-certificates.crt' is a file of mode 0666",
    ),
    "certifi's certificates that are a directory": (
        certifi_is({DirectoryEntry(CA_PATH): b""}),
        BOTH,
        "'/etc/ssl/certs/ca-certificates.crt' is a directory",
    ),
    "certifi's certificates that are a link": (
        certifi_is({SymlinkEntry(CA_PATH, "/app"): b""}),
        BOTH,
        "'/etc/ssl/certs/ca-certificates.crt' is a link to '/app'",
    ),
    "certifi's certificates that are none": (certifi_is(file(CA_PATH, b"")), BOTH, "ca-certificates.crt has no certificate"),
    "certifi's certificates that are a text": (
        certifi_is(file(CA_PATH, b"garbage\n")),
        BOTH,
        "ca-certificates.crt has no certificate",
    ),
    "one of certifi's certificates that is damaged": (
        certifi_is(file(CA_PATH, pem(FIRST, SECOND)[:-40])),
        BOTH,
        "/etc/ssl/certs/ca-certificates.crt, line ",
    ),
}


def layers_are(*layers: Layer) -> Dist:
    return dist((AMD64, layers), runtime_files=RUNTIME_FILES)


def lines_are(*lines: str) -> Dist:
    """The good layers, and more, under other lines of the history."""
    contents = (CONTENTS, file("etc/motd", b"x"), file("b", b"x"), program_layer(PROGRAM).contents)
    return layers_are(*(Layer(each, line) for each, line in zip((*contents[: len(lines) - 1], contents[-1]), lines)))


def program_at(path: str, *more: Contents, mode: int = 0o755, owner: int = 0, below: Sequence[Layer] = ()) -> Dist:
    contents = file(path, PROGRAM, mode, owner)
    for each in more:
        contents.update(each)
    run = dataclasses.replace(RUN, entrypoint=(f"/{path}",))
    layers = (Layer(CONTENTS, RUNTIME), *below, Layer(contents, CREATED_BY_PROGRAM))
    return dist((AMD64, layers), runtime_files=RUNTIME_FILES, run=run)


def config_is(change: Callable[[Any], object]) -> Dist:
    """The configuration of a layout is another one, and all digests above it fit."""
    made = whole(written=("layout", "report"))
    files, report = dict(made.layout), made.report

    def replaced(digest: str, change: Callable[[Any], object]) -> Dict[str, Any]:
        document = json.loads(files.pop(f"blobs/{digest.replace(':', '/')}"))
        change(document)
        content = canonical_json.encode(document)
        new = f"sha256:{hashlib.sha256(content).hexdigest()}"
        files[f"blobs/{new.replace(':', '/')}"] = content
        return {"digest": new, "size": len(content)}

    config = replaced(report["manifests"][0]["config"], change)
    root = replaced(report["root"]["digest"], lambda manifest: manifest["config"].update(config))
    index = json.loads(files["index.json"])
    index["manifests"][0].update(root)
    files["index.json"] = canonical_json.encode(index)

    def fits(report: Dict[str, Any]) -> None:
        report["root"].update(root)
        report["manifests"][0].update(config=config["digest"], digest=root["digest"])

    return dataclasses.replace(made, layout=files).with_report(fits)


BASE, PROGRAM_LAYER = Layer(CONTENTS, RUNTIME), program_layer(PROGRAM)
TOOLS_LAYER = Layer(file("busybox/sh", elf(), 0o755), CREATED_BY_TOOLS)
OPT: Contents = {DirectoryEntry("opt", 0o711, 5, 5): b""}
# The layers, and which of them has what.
LAYER_ROWS: Dict[str, Row] = {
    "no history": (
        config_is(lambda config: config.pop("history")),
        LAYOUT,
        "manifests[0]: history: the history does not say what each layer is",
    ),
    "a history of no words": (
        config_is(lambda config: [line.pop("created_by") for line in config["history"]]),
        LAYOUT,
        "history: `package` writes no layer ''",
    ),
    "two layers of runtime files": (
        layers_are(Layer(file("x", b""), RUNTIME), BASE, PROGRAM_LAYER),
        BOTH,
        "there are 2 layers",
    ),
    "two layers of programs": (
        layers_are(BASE, program_layer(elf(), "app2"), PROGRAM_LAYER),
        BOTH,
        "there are 2 layers 'scratch_image binary', and there can be one",
    ),
    "two layers of texts": (lines_are(RUNTIME, INLINE, INLINE, CREATED_BY_PROGRAM), BOTH, "there are 2 layers"),
    "a layer of another tool": (
        lines_are(RUNTIME, "RUN evil", CREATED_BY_PROGRAM),
        BOTH,
        "`package` writes no layer 'RUN evil'",
    ),
    "a layer above the program": (
        layers_are(BASE, Layer(program_layer(PROGRAM).contents), Layer(file("b", elf()), FILES)),
        BOTH,
        "the last layer is not that of the program",
    ),
    "texts below files": (lines_are(RUNTIME, INLINE, FILES, CREATED_BY_PROGRAM), BOTH, "in another order"),
    "tools below the program": (layers_are(BASE, TOOLS_LAYER, PROGRAM_LAYER), BOTH, "in another order"),
    "two layers of tools": (
        layers_are(BASE, PROGRAM_LAYER, TOOLS_LAYER, Layer(file("b", b"x"), CREATED_BY_TOOLS)),
        BOTH,
        "there are 2 layers 'scratch_image debug tools', and there can be one",
    ),
    "tools without a program": (layers_are(BASE, TOOLS_LAYER), BOTH, "the last layer is not that of the program"),
    "a tool in the place of the program": (
        layers_are(BASE, PROGRAM_LAYER, Layer(file("app", elf(), 0o755), CREATED_BY_TOOLS)),
        BOTH,
        "'/app' is a file of mode 0755 and owner 0:0, which the layer 'scratch_image debug tools' changes",
    ),
    "a program below tools with a mode": (
        layers_are(BASE, Layer(file("app", PROGRAM, 0o711), CREATED_BY_PROGRAM), TOOLS_LAYER),
        BOTH,
        "'/app' is a file of mode 0711",
    ),
    "runtime files above files": (
        layers_are(Layer(file("b", b"x"), FILES), BASE, PROGRAM_LAYER),
        BOTH,
        "the layers are in another order than `package` writes them",
    ),
    "no layer of a program": (lines_are(RUNTIME, FILES, INLINE), BOTH, "the last layer is not that of the program"),
    "a program that is replaced": (
        layers_are(BASE, PROGRAM_LAYER, Layer(program_layer(PROGRAM).contents, FILES)),
        BOTH,
        "'/app' is a file of mode 0755 and owner 0:0, which the layer 'scratch_image files' changes to a file of mode 0755",
    ),
    "a file in the place of the program": (
        layers_are(BASE, Layer(file("app", b"x"), FILES), PROGRAM_LAYER),
        BOTH,
        "'/app' is a file of mode 0644",
    ),
    "passwd that is replaced": (
        layers_are(BASE, Layer(file("etc/passwd", b"evil:x:0:0::/:/x\n"), FILES), PROGRAM_LAYER),
        BOTH,
        "'/etc/passwd' is a file of mode 0644 and owner 0:0, which the layer",
    ),
    "tmp that is changed": (
        layers_are(BASE, Layer({DirectoryEntry("tmp", 0o777): b""}, INLINE), PROGRAM_LAYER),
        BOTH,
        "'/tmp' is a directory of mode 1777 and owner 0:0, which the layer 'scratch_image texts",
    ),
    "a link in the place of etc": (
        layers_are(BASE, Layer({SymlinkEntry("etc", "srv"): b""}, INLINE), PROGRAM_LAYER),
        BOTH,
        "'/etc' is a directory of mode 0755 and owner 0:0, which the layer",
    ),
    "a file that is there twice": (
        layers_are(BASE, Layer(file("b", b"x"), FILES), Layer(file("b", b"y"), INLINE), PROGRAM_LAYER),
        BOTH,
        "'/b' is a file of mode 0644 and owner 0:0, which the layer",
    ),
    "a directory that is two": (
        layers_are(
            BASE, Layer(file("srv/b", b"x"), FILES), Layer({DirectoryEntry("srv", 0o777): b""}, INLINE), PROGRAM_LAYER
        ),
        BOTH,
        "'/srv' is a directory of mode 0755",
    ),
    "a program with the bit of root": (program_at("app", mode=0o4755), BOTH, "'/app' is a file of mode 4755"),
    "a program that all may write": (program_at("app", mode=0o777), BOTH, "'/app' is a file of mode 0777"),
    "a program of somebody": (program_at("app", owner=65532), BOTH, "'/app' is a file of mode 0755 and owner 65532:65532"),
    "a link beside the program": (
        program_at("app", {SymlinkEntry("bin/sh", "/app"): b""}),
        BOTH,
        "the layer of the program has '/bin/sh', which `package` does not put there",
    ),
    "a directory beside the program": (
        program_at("app", {DirectoryEntry("var", 0o777): b""}),
        BOTH,
        "the layer of the program has '/var', which",
    ),
    "a directory above the program": (
        program_at("opt/app", {DirectoryEntry("opt", 0o777): b""}),
        BOTH,
        "'/opt' is a directory of mode 0777 and owner 0:0, and should be a directory of mode 0755 and owner 0:0",
    ),
    "a directory above the program that is another below": (
        program_at("opt/app", below=[Layer(OPT, INLINE)]),
        BOTH,
        "'/opt' is a directory of mode 0755 and owner 0:0, and should be a directory of mode 0711 and owner 5:5",
    ),
}
LAYERS = {
    "all kinds of layers": lines_are(RUNTIME, FILES, INLINE, CREATED_BY_PROGRAM),
    "two layers of files": lines_are(RUNTIME, FILES, FILES, CREATED_BY_PROGRAM),
    "tools on top": layers_are(BASE, PROGRAM_LAYER, TOOLS_LAYER),
    "a directory above the program": program_at("opt/app", OPT, below=[Layer(OPT, INLINE)]),
    "a directory of the runtime files": program_at(
        "home/nonroot/app", {DirectoryEntry("home/nonroot", 0o700, 65532, 65532): b""}
    ),
    "a directory of a field, which runtime files are in": layers_are(
        BASE, Layer({DirectoryEntry("etc", 0o700): b""}, INLINE), PROGRAM_LAYER
    ),
    "a file in the place of the link": layers_are(BASE, Layer(file("etc/ssl/cert.pem", b"x"), FILES), PROGRAM_LAYER),
}


def program_is(program: bytes, mode: int = 0o755, more: Sequence[Layer] = ()) -> Dist:
    return whole(without(CONTENTS, "etc/ssl/cert.pem"), program_layer(program, mode=mode), more=more)


def loaded(loader: bytes, machine: int = 62) -> bytes:
    return elf_file(machine, segments=(CODE, Segment(INTERP, loader + b"\0")), dynamic=[(NEEDED, b"libc.so.6")])


LOADER = b"/lib/ld.so"


LD: Contents = file("lib/ld.so", elf(), mode=0o755)
PROGRAMS: Dict[str, Row] = {
    "a loader that is not there": (
        program_is(loaded(LOADER)),
        BOTH,
        "loader of the program 'app': no layer has the file '/lib/ld.so'",
    ),
    "a loader that nobody may execute": (
        program_is(loaded(LOADER), more=(Layer(file("lib/ld.so", elf()), FILES),)),
        BOTH,
        "nobody may execute 'lib/ld.so'",
    ),
    "a loader for another CPU": (
        program_is(loaded(LOADER), more=(Layer(file("lib/ld.so", elf(AARCH64), mode=0o755), FILES),)),
        BOTH,
        "platform of the loader of the program 'app': claimed linux/amd64, derived linux/arm64",
    ),
    "a loader that is a text": (
        program_is(loaded(LOADER), more=(Layer(file("lib/ld.so", b"hello", mode=0o755), FILES),)),
        BOTH,
        "it is not an ELF file but a text",
    ),
    "a loader that is a directory": (
        program_is(loaded(LOADER), more=(Layer({DirectoryEntry("lib/ld.so"): b""}, FILES),)),
        BOTH,
        "no layer has the file",
    ),
    "a script without its interpreter": (
        program_is(b"#!/bin/sh\n"),
        BOTH,
        "interpreter of the script 'app': no layer has the file '/bin/sh'",
    ),
    "a script with an argument": (program_is(b"#! /bin/sh -e\n"), BOTH, "no layer has the file '/bin/sh'"),
    "a script of nothing": (program_is(b"#!\n"), BOTH, "interpreter of the script 'app'"),
    "an interpreter that nobody may execute": (
        program_is(b"#!/bin/sh\n", more=(Layer(file("bin/sh", elf()), FILES),)),
        BOTH,
        "nobody may execute 'bin/sh'",
    ),
    "an interpreter without its loader": (
        program_is(b"#!/bin/sh\n", more=(Layer(file("bin/sh", loaded(LOADER), mode=0o755), FILES),)),
        BOTH,
        "loader of the program 'bin/sh': no layer has",
    ),
    "a script that is its own interpreter": (program_is(b"#!/app\n"), BOTH, "a script has at most 4 scripts"),
    "an object file": (program_is(elf_file(kind=1)), BOTH, "it is an object file, which no kernel starts"),
    "a core dump": (program_is(elf_file(kind=4)), BOTH, "it is a core dump, which no kernel starts"),
    "a program of another platform": (program_is(elf(AARCH64)), BOTH, "platform of the program 'app': claimed linux/amd64"),
    "a program that nobody may execute": (program_is(elf(), 0o644), BOTH, "nobody may execute 'app': its mode is 0644"),
    "a program that is truncated": (program_is(elf()[:100]), BOTH, "program 'app'"),
}
STARTS = {
    "a loader": program_is(loaded(LOADER), more=(Layer(LD, FILES),)),
    "a loader behind a link": program_is(
        loaded(b"/lib64/ld.so"), more=(Layer({**LD, SymlinkEntry("lib64", "lib"): b""}, FILES),)
    ),
    "an interpreter": program_is(b"#!/bin/sh -e\n", more=(Layer(file("bin/sh", elf(), mode=0o755), FILES),)),
    "a dynamic interpreter": program_is(
        b"#!/bin/sh\n", more=(Layer({**file("bin/sh", loaded(LOADER), mode=0o755), **LD}, FILES),)
    ),
    "a script of a script": program_is(
        b"#!/b\n", more=(Layer({**file("b", b"#!/bin/sh\n", mode=0o755), **file("bin/sh", elf(), mode=0o755)}, FILES),)
    ),
}


def saved(change: Callable[[Any], object]) -> Dist:
    """manifest.json of the archive is another one, and the report's digest of the archive fits."""
    document = json.loads(GOOD.archived["manifest.json"])
    change(document)
    return archived({**GOOD.archived, "manifest.json": canonical_json.encode(document)})


def archived(files: Dict[str, bytes]) -> Dist:
    made = dataclasses.replace(GOOD, archived=files)
    whole_file = made.image_tar()

    def change(report: Dict[str, Any]) -> None:
        report["archive"].update(digest=f"sha256:{hashlib.sha256(whole_file).hexdigest()}", size=len(whole_file))

    return made.with_report(change)


def index_of_archive(change: Callable[[Any], object]) -> Dist:
    document = json.loads(GOOD.archived["index.json"])
    change(document)
    return archived({**GOOD.archived, "index.json": canonical_json.encode(document)})


def tags(*names: Any) -> Dist:
    return saved(lambda document: document[0].update(RepoTags=list(names)))


def annotated(**annotations: str) -> Callable[[Any], object]:
    names = {"ref": "org.opencontainers.image.ref.name", "name": "io.containerd.image.name", "other": "org.example"}
    wanted = {names[key]: value for key, value in annotations.items()}
    return lambda document: document["manifests"][0].setdefault("annotations", {}).update(wanted)


REPO = "registry.example/team/hello:1.0"
NAME_ROWS: Dict[str, Row] = {
    "a tag is another": (
        tags("evil:1", "short/hello:1.0"),
        ARCHIVE,
        "references: claimed registry.example/team/hello:1.0, ",
    ),
    "a tag too many": (tags(REPO, "short/hello:1.0", "evil:1"), ARCHIVE, ", evil:1"),
    "a tag too few": (tags(REPO), ARCHIVE, "image.json archive: references"),
    "no tags": (tags(), ARCHIVE, "image.json archive: references"),
    "tags in another order": (tags("short/hello:1.0", REPO), ARCHIVE, "image.json archive: references"),
    "a tag twice": (tags(REPO, REPO, "short/hello:1.0"), ARCHIVE, f"RepoTags[1]: '{REPO}' is there twice"),
    "a tag without a tag": (tags("team/hello"), ARCHIVE, "RepoTags[0]: 'team/hello' has no tag"),
    "a tag in capitals": (tags("Team/hello:1"), ARCHIVE, "RepoTags[0]: the part 'Team' of 'Team/hello' is not a valid"),
    "a tag of two colons": (tags("team/hello:1:2"), ARCHIVE, "RepoTags[0]"),
    "a tag of a registry without a name": (tags("registry.example:5000/:1"), ARCHIVE, "RepoTags[0]"),
    "a tag with a digest": (tags("team/hello@sha256:" + "0" * 64), ARCHIVE, "RepoTags[0]"),
    "a tag with a scheme": (tags("https://x.example/a:1"), ARCHIVE, "RepoTags[0]"),
    "a tag that is a number": (tags(7), ARCHIVE, "RepoTags[0]: expected a string, got 7"),
    "no manifest.json": (
        archived({path: content for path, content in GOOD.archived.items() if path != "manifest.json"}),
        ARCHIVE,
        "manifest.json: file: there is no such file; `docker load` reads it",
    ),
    "a member of manifest.json": (
        saved(lambda document: document[0].update(Parent="x")),
        ARCHIVE,
        "manifest.json: bytes: the bytes are not those",
    ),
    "a second image in manifest.json": (
        saved(lambda document: document.append(document[0])),
        ARCHIVE,
        "RepoTags[0]: 'registry.example/team/hello:1.0' is there twice",
    ),
    "white space in manifest.json": (
        archived({**GOOD.archived, "manifest.json": GOOD.archived["manifest.json"] + b"\n"}),
        ARCHIVE,
        "manifest.json: bytes",
    ),
    "no layers in manifest.json": (
        saved(lambda document: document[0].update(Layers=[])),
        ARCHIVE,
        "Layers: claimed nothing",
    ),
    "another name for containerd": (
        index_of_archive(annotated(name="evil.example/x:1")),
        ARCHIVE,
        "io.containerd.image.name: claimed 'evil.example/x:1'",
    ),
    "the second name for containerd": (
        index_of_archive(annotated(name="docker.io/short/hello:1.0")),
        ARCHIVE,
        "index.json: bytes: the bytes are not those",
    ),
    "another tag in index.json": (index_of_archive(annotated(ref="2.0")), ARCHIVE, "index.json: bytes"),
    "an annotation too many": (index_of_archive(annotated(other="x")), ARCHIVE, "index.json: bytes"),
}


def layout_with(path: str, change: Callable[[bytes], bytes]) -> Dist:
    return dataclasses.replace(GOOD, layout={**GOOD.layout, path: change(GOOD.layout[path])})


def index_of_layout(change: Callable[[Any], object]) -> Dist:
    def changed(content: bytes) -> bytes:
        document = json.loads(content)
        change(document)
        return canonical_json.encode(document)

    return layout_with("index.json", changed)


FILE_ROWS: Dict[str, Row] = {
    "white space in index.json": (layout_with("index.json", lambda content: content + b" "), LAYOUT, "index.json: bytes"),
    "an annotation in index.json": (index_of_layout(annotated(other="x")), LAYOUT, "index.json: bytes"),
    "another name in index.json": (index_of_layout(annotated(ref="v2")), LAYOUT, "index.json: bytes"),
    "a member of index.json": (index_of_layout(lambda document: document.update(x=1)), LAYOUT, "index.json: bytes"),
    "a member of oci-layout": (
        layout_with("oci-layout", lambda content: content[:-1] + b',"x":1}'),
        LAYOUT,
        "oci-layout: bytes",
    ),
    "a dangling subject of the index": (
        index_of_layout(
            lambda document: document.update(
                subject={
                    "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "digest": "sha256:" + "0" * 64,
                    "size": 5,
                }
            )
        ),
        LAYOUT,
        "index.json subject: blob: there is no file",
    ),
    "an orphan": (
        dataclasses.replace(GOOD, layout={**GOOD.layout, f"blobs/sha256/{'0' * 64}": b"x"}),
        LAYOUT,
        "no descriptor",
    ),
    "another file": (
        dataclasses.replace(GOOD, layout={**GOOD.layout, "x": b"x"}),
        LAYOUT,
        "x: file: a layout does not have",
    ),
    "an orphan in the archive": (archived({**GOOD.archived, f"blobs/sha256/{'0' * 64}": b"x"}), ARCHIVE, "no descriptor"),
    "another file in the archive": (archived({**GOOD.archived, "x": b"x"}), ARCHIVE, "x: file: a layout does not have"),
}
MUTATIONS = {**REPORTS, **SCHEMA_ROWS, **CONTENT_ROWS, **LAYER_ROWS, **PROGRAMS, **NAME_ROWS, **FILE_ROWS}


def results(path: str, depth: Depth = FULL) -> Dict[str, ValidationResult]:
    found: Dict[str, ValidationResult] = {}
    for where, outcome in check_path(path, depth=depth):
        assert isinstance(outcome, ValidationResult), outcome
        found[Path(where).name] = outcome
    return found


@pytest.mark.parametrize(
    "made", [GOOD, whole(report=ROOTS), *STARTS.values(), *LAYERS.values()], ids=["good", "with certifi", *STARTS, *LAYERS]
)
def test_without_a_change_all_is_right(tmp_path: Path, made: Dist) -> None:
    for depth in (FULL, Depth(recompress=True), Depth(quick=True)):
        found = results(made.write(tmp_path / str(depth.quick) / str(depth.recompress)), depth)
        assert {name: (result.problems, result.not_checked) for name, result in found.items()} == dict.fromkeys(
            BOTH, ((), ())
        )


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_mutation_is_found_and_named(tmp_path: Path, name: str) -> None:
    made, parts, want = MUTATIONS[name]
    found = results(made.write(tmp_path))
    assert tuple(part for part, result in found.items() if not result.ok) == parts
    for part in parts:
        said = "\n".join(map(str, found[part].problems))
        assert want in said, said


def test_a_configuration_that_is_not_changed_is_right(tmp_path: Path) -> None:
    """Or the rows above would show nothing."""
    found = results(config_is(lambda config: None).write(tmp_path))
    assert [(result.problems, result.not_checked) for result in found.values()] == [((), ())]


def test_there_are_as_many_as_are_promised() -> None:
    assert len(MUTATIONS) >= 100


def other_members(blob: bytes) -> bytes:
    """The same content, in members of another size, and so other bytes."""
    content = b"".join(unpack(iter([blob]), "gzip", 1 << 27))
    return b"".join(gzip_member(memoryview(content[at : at + 4096]), 3) for at in range(0, len(content), 4096))


RECOMPRESSED = [
    # the change of each layer, whether it shows without --recompress
    (lambda blob: blob, None),
    (other_members, False),
    (lambda blob: blob[:9] + b"\x03" + blob[10:], True),
]


@pytest.mark.parametrize(("change", "shows"), RECOMPRESSED)
def test_other_bytes_than_those_of_the_recipe(tmp_path: Path, change: Callable[[bytes], bytes], shows: Any) -> None:
    path = whole(blob=change).write(tmp_path)
    assert all(result.ok is not bool(shows) for result in results(path).values())
    for result in results(path, Depth(recompress=True)).values():
        said = "\n".join(map(str, result.problems))
        assert ("recipe: claimed tar.1+gzip.1 of sha256:" in said) is (shows is not None)


@pytest.mark.parametrize(
    "change", [lambda text: text + "\n", lambda text: text.replace(",", ", ", 1), lambda text: " " + text]
)
def test_white_space_in_the_report(tmp_path: Path, change: Callable[[str], str]) -> None:
    path = GOOD.write(tmp_path)
    (tmp_path / "image.json").write_text(change((tmp_path / "image.json").read_text()))
    for result in results(path).values():
        assert [problem.what for problem in result.problems] == ["bytes"]


def test_an_archive_of_package_has_manifest_json(tmp_path: Path) -> None:
    """Also where no report says so; an archive of another tool need not."""
    files = {path: content for path, content in GOOD.archived.items() if path != "manifest.json"}
    (tmp_path / "image.tar").write_bytes(dataclasses.replace(GOOD, archived=files).image_tar())
    ((_, result),) = check_path(str(tmp_path / "image.tar"))
    assert isinstance(result, ValidationResult)
    assert [str(problem) for problem in result.problems] == [
        "manifest.json: file: there is no such file; `docker load` reads it"
    ]


def raw_archives() -> Dict[str, bytes]:
    """The archive in other bytes, which hold the same files."""
    good = GOOD.image_tar()
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as opened:
        for path, content in GOOD.archived.items():
            info = tarfile.TarInfo(path)
            info.size, info.mtime = len(content), 1_700_000_000
            opened.addfile(info, BytesIO(content))
    return {"of another writer": buffer.getvalue(), "longer": good + bytes(512)}


@pytest.mark.parametrize("name", ["of another writer", "longer"])
def test_an_archive_in_other_bytes(tmp_path: Path, name: str) -> None:
    """The same files, and the report fits: only the recipe tells."""
    content = raw_archives()[name]
    made = GOOD.with_report(
        lambda report: report["archive"].update(digest=f"sha256:{hashlib.sha256(content).hexdigest()}", size=len(content))
    )
    path = made.write(tmp_path)
    (tmp_path / "image.tar").write_bytes(content)
    found = results(path)
    assert found["oci"].ok
    assert "image.tar: bytes: the bytes are not those of recipe tar.1 for its files" in map(str, found["image.tar"].problems)
