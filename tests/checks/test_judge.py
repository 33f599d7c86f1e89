"""Pins down what is found in an image by its fields and its program's facts, and which cure is told."""

from __future__ import annotations

import dataclasses

import pytest

from scratch_image.checks.judge import judge
from scratch_image.checks.table import CHECKS
from scratch_image.oci.platform import Platform
from tests.support.facts import DEFAULTS, facts_of, spec_of
from tests.support.findings_of_fields import CONFIGURATION, LITERAL
from tests.support.findings_of_files import WITH_FILES
from tests.support.findings_of_needs import BUILD, NEEDS
from tests.support.findings_of_programs import LINKAGE, PLATFORM, UNFIT
from tests.support.judged import ARM, CA, DYNAMIC, PATH, SSL, SYMBOLS, TMP, TZ, go, hinted, judged, linked
from tests.support.roots import File

TABLE = [*UNFIT, *LINKAGE, *PLATFORM, *CONFIGURATION, *NEEDS, *BUILD, *LITERAL]


@pytest.mark.parametrize("fields, changes, kind, want, text, fix, reason", TABLE)
def test_findings(fields, changes, kind, want, text, fix, reason):
    findings = judged(fields, changes, kind).findings
    assert ", ".join(f"{finding.check} {finding.severity}" for finding in findings) == want, reason
    if want:
        assert text in findings[0].text
        assert fix.replace("'", '"') in findings[0].fix.replace("'", '"')
    for finding in findings:
        assert finding.text and finding.fix and not finding.text.endswith(".") and not finding.fix.endswith(".")


def wanted():
    return {tuple(finding.split()) for row in TABLE for finding in row[3].split(", ") if finding}


def test_every_check_is_made():
    """SR060 is the one of another goal, which knows what day it is; the others are of what else is in the image."""
    made = {check for check, _ in wanted()} | {row[3].split()[0] for row in WITH_FILES if row[3]}
    assert made == set(CHECKS) - {"SR060", "SR031", "SR034", "SR036", "OI002", "OI004", "OI005", "OI006"}


def test_severities_of_the_table_come_first():
    """A finding has another severity than its check where CHECKS says so in words."""
    other = {check for check, severity in wanted() if severity != CHECKS[check].severity}
    assert other == {"OI001", "SR022", "SR035", "SR044", "SR070", "SR071"}


@pytest.mark.parametrize("fields, changes, tree, want, text, fix, reason", WITH_FILES)
def test_with_files(fields, changes, tree, want, text, fix, reason):
    findings = judged(fields, changes, "", tree).findings
    assert ", ".join(f"{finding.check} {finding.severity}" for finding in findings) == want, reason
    if want:
        assert text in findings[0].text
        assert fix.replace("'", '"') in findings[0].fix.replace("'", '"')


def test_other_files_change_nothing():
    """Of all that is found without them."""
    for fields, changes, kind, *_ in TABLE:
        assert judged(fields, changes, kind, {"/srv/index.html": File(b"x")}) == judged(fields, changes, kind)


PLATFORMS = [
    # fields, changes, platform, reason
    ({}, {}, "linux/amd64", "the program's"),
    ({}, dict(x86_level=3), "linux/amd64/v3", "with its variant"),
    ({}, dict(ARM, arm_version=6), "linux/arm/v6", "with its variant"),
    ({"platform": "linux/amd64"}, dict(x86_level=3), "linux/amd64", "the field's"),
    ({"platform": "linux/arm/v7"}, dict(ARM, arm_version=6), "linux/arm/v7", "the field's"),
    ({"platform": "linux/arm64"}, {}, "linux/arm64", "the field's, if somebody accepts that"),
    ({}, DYNAMIC, "linux/amd64", "of a dynamic program, if somebody accepts that"),
    ({}, dict(linkage="shared library"), "linux/amd64", "of a library as well"),
    ({}, dict(foreign_os="FreeBSD"), "linux/amd64", "of another system's program as well"),
]


@pytest.mark.parametrize("fields, changes, want, reason", PLATFORMS)
def test_platforms(fields, changes, want, reason):
    assert judged(fields, changes).platform == Platform.parse(want)


@pytest.mark.parametrize("fields, changes", [row[:2] for row in UNFIT])
def test_what_is_no_program_has_no_platform(fields, changes):
    """And then what is found cannot be accepted, so that no image comes of it."""
    judgement = judged(fields, changes)
    assert judgement.platform is None
    assert [CHECKS[finding.check].allowable for finding in judgement.findings] == [False]


PASTE = [
    # fields, needs, the line, reason
    ({}, linked("tmp", "ca-certificates", "tzdata"), '["ca-certificates", "tzdata", "tmp"]', "in the catalog's order"),
    ({"runtime_files": TMP}, linked("ca-certificates"), '["ca-certificates"]', "without what is not needed"),
    ({"runtime_files": ["services", *TZ]}, linked("users"), '["nonroot", "services"]', "of services nobody can tell"),
    ({}, linked("tmp", "mime-types", "subprocess"), '["tmp", "mime-types"]', "one line for all"),
    ({}, linked("users", "tmp"), '["tmp", "nonroot"]', "a user lookup that is linked"),
    ({"ca_bundle": [":r"]}, linked("ca-certificates", "tmp"), '["tmp"]', "certificates are there"),
    ({"ca_bundle": [":r"], "runtime_files": CA}, linked("tmp"), '["tmp"]', "certifi's are not needed, nor are the user's"),
    (
        {"ca_bundle": [":r"], "runtime_files": CA},
        linked("tmp", "ca-certificates"),
        '["ca-certificates", "tmp"]',
        "with the user's",
    ),
]


@pytest.mark.parametrize("fields, needs, line, reason", PASTE)
def test_the_line_to_paste(fields, needs, line, reason):
    fixes = {finding.fix for finding in judged(fields, dict(needs=needs)).findings if finding.change}
    assert fixes == {f"runtime_files={line}"}


BLOCKED = [
    # fields, path, reason
    ({"runtime_files": CA}, "/etc/../cert.pem", "no plain path"),
    ({"ca_bundle": [":r"]}, "/etc/../cert.pem", "no plain path, with a bundle"),
    ({"runtime_files": CA, "binary_path": SSL}, SSL, "the program is there"),
    ({"runtime_files": [*CA, *TZ]}, "/usr/share/zoneinfo/cert.pem", "time zones are there"),
]


@pytest.mark.parametrize("fields, path, reason", BLOCKED)
def test_openssl_where_no_link_can_be(fields, path, reason):
    findings = judged(fields, dict(needs=hinted("ca-certificates", openssl_cert_file=path))).findings
    (finding,) = [finding for finding in findings if finding.check == "SR041"]
    assert f"looks for CA certificates in {path}" in finding.text
    assert finding.fix == 'env={"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}'


def test_names_for_the_user_are_added_to_what_is_there():
    findings = judged({"user": "nonroot", "runtime_files": ["tmp"]}, dict(needs=linked("tmp"))).findings
    assert [finding.fix for finding in findings] == ['runtime_files=["tmp", "nonroot"]']


def test_what_an_option_says_is_not_called_too_much():
    """It is for all images, and some image needs it."""
    defaults = dataclasses.replace(DEFAULTS, runtime_files=("ca-certificates", "tzdata"))
    facts = facts_of(needs=linked())
    assert judge(spec_of(defaults), facts, "").findings == ()
    assert [found.check for found in judge(spec_of(defaults, runtime_files=CA), facts, "").findings] == ["SR049"]


def test_an_empty_user():
    spec = spec_of()
    spec = dataclasses.replace(spec, run=dataclasses.replace(spec.run, user=""))
    (finding,) = judge(spec, facts_of(), "").findings
    assert (finding.check, finding.severity) == ("OI001", "info") and "`user` is empty" in finding.text


def test_everything_at_once_is_told_in_one_order():
    """How it starts, where it runs, what it misses, how it was built, who it runs as."""
    changes = dict(
        DYNAMIC, foreign_os="NetBSD", executable_stack=True, writable_code=True, packed=True, needs=linked("tmp", cgo=True),
        go_build=go(**{"vcs.modified": "true"}), **PATH, **SYMBOLS,
    )  # fmt: skip
    fields = {"platform": "linux/arm64", "entrypoint": ["x"], "user": "me"}
    assert [finding.check for finding in judged(fields, changes).findings] == [
        "SR010", "SR021", "SR020", "SR030", "SR030", "SR032", "SR033", "SR043", "SR050", "SR051", "SR052", "OI001",
    ]  # fmt: skip
