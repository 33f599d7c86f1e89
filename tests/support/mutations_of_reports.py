"""Changes of the report alone: what it states differs from what is there."""

from __future__ import annotations

from typing import Dict

from tests.support.dist import Dist
from tests.support.mutated import ARCHIVE, BOTH, ELF, GOOD, LAST, LAYOUT, M0, ROOTS, Row, of_layout, of_report, stated, whole

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
