"""Changes of the runtime files, with all digests above them right again."""

from __future__ import annotations

from typing import Any, Dict

from scratch_image.engine.own_files import own_file
from scratch_image.oci.tar import DirectoryEntry, SymlinkEntry
from scratch_image.report.image_json import RuntimeFilesReport
from scratch_image.runtime_files import catalog
from tests.support.dist import Dist, Layer, program_layer
from tests.support.mutated import (
    BOTH,
    CA_PATH,
    CONTENTS,
    FIRST,
    ROOTS,
    SECOND,
    THIRD,
    ZONES,
    Contents,
    Row,
    file,
    own,
    pem,
    whole,
    without,
)


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
