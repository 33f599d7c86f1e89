"""Pins down how `allow` and the options decide what a finding does, and the mistakes in them."""

from __future__ import annotations

import pytest

from scratch_image.checks.findings import Finding, Policy, show
from scratch_image.checks.policy import read_policy

FINDINGS = tuple(Finding.of(check, f"text of {check}", f"fix {check}") for check in ("SR001", "SR010", "SR040", "SR045"))


def policy_of(allow=None, fail_on="error", severity=()):
    policy, mistakes = read_policy(allow, fail_on, dict(severity))
    assert mistakes == ()
    return policy


@pytest.mark.parametrize("allow", [None, [], (), ["SR010"], ("SR010", "SR040", "SR010")])
def test_allow(allow):
    assert policy_of(allow).allowed == frozenset(allow or ())


MISTAKES = [
    # allow, fail_on, severity, where, the message, reason
    ("SR010", "error", {}, "field `allow`", 'write allow=["SR010"]', "a string"),
    ({"SR010": True}, "error", {}, "field `allow`", "is not a list", "a dict"),
    (["SR1"], "error", {}, "field `allow`", "unknown check 'SR1'; ", "no such check"),
    (["sr010"], "error", {}, "field `allow`", "did you mean SR010", "small letters"),
    ([10], "error", {}, "field `allow`", "unknown check 10", "a number"),
    (["SR001"], "error", {}, "field `allow`", "SR001 cannot be accepted: such an image never runs", "a script"),
    (None, "info", {}, "option `[scratch-image].fail_on`", "expected 'error' or 'warning', got 'info'", "a severity less"),
    (None, "Error", {}, "option `[scratch-image].fail_on`", "'Error'", "in capitals"),
    (None, "error", {"SR1": "off"}, "option `[scratch-image].severity`, key 'SR1'", "unknown check", "no such check"),
    (
        None,
        "error",
        {"SR010": "of"},
        "option `[scratch-image].severity`, key 'SR010'",
        "did you mean 'off'?",
        "misspelt",
    ),
    (None, "error", {"SR010": 1}, "option `[scratch-image].severity`, key 'SR010'", "unknown severity 1", "a number"),
]


@pytest.mark.parametrize("allow, fail_on, severity, where, named, reason", MISTAKES)
def test_mistakes(allow, fail_on, severity, where, named, reason):
    _, (mistake,) = read_policy(allow, fail_on, severity)
    assert mistake.where == where and named in mistake.text


def test_all_mistakes_are_found_together():
    _, mistakes = read_policy(["x", "SR001", "SR002"], "never", {"y": "z", "SR040": "w"})
    assert len(mistakes) == 7


def severities(policy, findings=FINDINGS):
    return {finding.check: finding.severity for finding in policy.applied(findings)}


APPLIED = [
    # allow, severity, the severities that are left, reason
    ([], {}, {"SR001": "error", "SR010": "error", "SR040": "warning", "SR045": "info"}, "as they are"),
    (["SR010"], {}, {"SR001": "error", "SR040": "warning", "SR045": "info"}, "accepted"),
    ([], {"SR010": "off"}, {"SR001": "error", "SR040": "warning", "SR045": "info"}, "off"),
    ([], {"SR045": "error"}, {"SR001": "error", "SR010": "error", "SR040": "warning", "SR045": "error"}, "raised"),
    ([], {"SR010": "info"}, {"SR001": "error", "SR010": "info", "SR040": "warning", "SR045": "info"}, "lowered"),
    (["SR010"], {"SR010": "error"}, {"SR001": "error", "SR040": "warning", "SR045": "info"}, "accepted, and raised"),
    ([], {"SR001": "off", "SR010": "off", "SR040": "off", "SR045": "off"}, {"SR001": "error"}, "what never runs stays"),
]


@pytest.mark.parametrize("allow, severity, want, reason", APPLIED)
def test_what_is_left_of_findings(allow, severity, want, reason):
    assert severities(policy_of(allow, severity=severity)) == want


def test_what_never_runs_stays_even_if_it_was_accepted():
    """`allow` is refused then; should a policy have it all the same, it has no effect."""
    assert "SR001" in severities(Policy("error", {}, frozenset({"SR001"})))


def test_a_finding_of_another_severity_than_its_checks():
    finding = Finding.of("OI001", "root", "fix", "info")
    assert severities(policy_of(), [finding]) == {"OI001": "info"}
    assert severities(policy_of(severity={"OI001": "error"}), [finding]) == {"OI001": "error"}


STOPS = [("error", "error", True), ("error", "warning", False), ("error", "info", False)]
STOPS += [("warning", "error", True), ("warning", "warning", True), ("warning", "info", False)]


@pytest.mark.parametrize("fail_on, severity, want", STOPS)
def test_what_stops_a_package(fail_on, severity, want):
    assert policy_of(fail_on=fail_on).stops(Finding("SR010", severity, "", "")) is want


def test_what_is_accepted_and_no_longer_happens():
    assert policy_of(["SR043", "SR010", "OI001"]).unused(FINDINGS) == ("OI001", "SR043")
    assert policy_of().unused(FINDINGS) == ()


def test_what_is_off_happens_all_the_same():
    assert policy_of(["SR010"], severity={"SR010": "off"}).unused(FINDINGS) == ()


def test_lines_for_people():
    assert show(FINDINGS, "src:image").splitlines() == [
        "  SR001  error: text of SR001",
        "         fix: fix SR001",
        "  SR010  error: text of SR010",
        "         fix: fix SR010",
        '         accept: allow=["SR010"] on src:image',
        "  SR040  warning: text of SR040",
        "         fix: fix SR040",
        '         accept: allow=["SR040"] on src:image',
        "  SR045  info: text of SR045",
        "         fix: fix SR045",
    ]
    assert show((), "src:image") == ""


def test_one_fix_of_several_findings_stands_once_whatever_they_are():
    fixes = {"OI001": "use ids", "SR010": "link", "OI004": "use ids", "SR004": "link", "SR045": "use ids"}
    findings = [Finding.of(check, f"text of {check}", fix) for check, fix in fixes.items()]
    assert show(findings, "src:image").splitlines() == [
        "  OI001  warning: text of OI001",
        "  OI004  warning: text of OI004",
        "  SR045  info: text of SR045",
        "         fix: use ids",
        '         accept: allow=["OI001", "OI004"] on src:image',
        "  SR010  error: text of SR010",
        "  SR004  error: text of SR004",
        "         fix: link",
        '         accept: allow=["SR010"] on src:image',
    ]


def test_a_finding_in_image_json():
    assert Finding.of("SR040", "a", "b").to_dict() == {"check": "SR040", "severity": "warning", "text": "a", "fix": "b"}
