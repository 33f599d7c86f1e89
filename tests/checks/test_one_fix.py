"""Pins down the one fix: pasted into the target, it leaves none of the findings that it is for, and makes no new one."""

from __future__ import annotations

import itertools
from typing import Any, Dict, Tuple

import pytest

from scratch_image.binary import evidence
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.needs import Need, Needs
from scratch_image.checks.findings import Finding, one_fix, show
from scratch_image.checks.judge import Judged, judge, judge_all
from scratch_image.checks.needs import unneeded
from scratch_image.image.claims import conflicts
from scratch_image.image.contents import claims_of
from tests.support.facts import facts_of, spec_of
from tests.support.roots import PROBE_ROOT, Directory, File, Link, Tree, contents_for, known_of_tree

SSL = "/usr/lib/ssl/cert.pem"
NAMES = (
    evidence.CA,
    evidence.TZ,
    evidence.TMP,
    evidence.USERS,
    evidence.CURRENT_USER,
    evidence.CACHE,
    evidence.MIME,
    evidence.LOCAL_TIME,
)


def go(*names: str) -> BinaryFacts:
    found = tuple(Need(name, evidence.LINKED, name) for name in names)
    return facts_of(go=True, needs=Needs("names", found, language="Go"))


def c(*names: str, **more: Any) -> BinaryFacts:
    found = tuple(Need(name, evidence.HINT, name) for name in names)
    return facts_of(needs=Needs("strings", found, language="C", **more))


PROGRAMS = [
    *(go(*names) for size in (1, 2, len(NAMES)) for names in itertools.combinations(NAMES, size)),
    go(),
    c(evidence.CA, evidence.TMP, evidence.USERS),
    c(evidence.CA, openssl_cert_file=SSL),
    c(evidence.TMP, openssl_cert_file="/etc/ssl/cert.pem"),
    c(openssl_cert_file="/etc/ssl/certs/ca-certificates.crt"),
]
FIELDS: Tuple[Dict[str, Any], ...] = (
    {},
    {"user": "1000:1000"},
    {"user": "0"},
    {"user": "nonroot"},
    {"runtime_files": ["tmp"]},
    {"runtime_files": ["ca-certificates", "tzdata", "tmp", "nonroot", "mime-types"]},
    {"runtime_files": ["services", "tzdata"], "user": "1000"},
    {"ca_bundle": [":roots"]},
    {"env": {"SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere"}},
    {"env": {"SSL_CERT_FILE": "/nowhere"}, "runtime_files": ["ca-certificates"]},
    {"env": {"TMPDIR": "/scratch", "ZONEINFO": "/nowhere.zip"}},
    {"env": {"TMPDIR": "/scratch"}, "runtime_files": ["tmp"]},
    {"env": {"HOME": "/home/me", "A": "b"}, "directories": {"/home/me": {}}},
    {"directories": {"/tmp": {}, "/data": {"mode": "0700"}}, "volumes": ["/data", "/cache/a"]},
    {"directories": {"/tmp": {"mode": "0700", "owner": "1:1"}}, "workdir": "/work"},
    {"volumes": ["/tmp"], "workdir": "/tmp"},
    {"files": {"/tmp": {"text": "a file"}}},
    {"symlinks": {"/tmp": "/scratch", "/usr/lib/ssl": "/etc/ssl"}},
    # What other fields lead to is needed.
    {"runtime_files": ["tmp"], "volumes": ["/tmp"]},
    {"runtime_files": ["tmp", "tzdata"], "workdir": "/tmp"},
    {"runtime_files": ["tmp"], "symlinks": {"/scratch2": "tmp/a", "/b": "/tmp"}, "volumes": ["/b"]},
    {"runtime_files": ["tzdata", "ca-certificates"], "symlinks": {"/etc/localtime": "../usr/share/zoneinfo/UTC"}},
    # Changes that one another's roots are for.
    {"user": "nonroot", "volumes": ["/home/nonroot/data", "/data"], "env": {"TMPDIR": "/data/tmp"}},
    {"user": "nonroot", "workdir": "/home/nonroot", "directories": {"/home/nonroot": {"owner": "65532:65532"}}},
    {"user": "root:staff", "volumes": ["/root"]},
    {"user": "nobody", "volumes": ["/home/nonroot/a"]},
    {"user": "1000:1000", "volumes": ["/home/nonroot", "/root", "/srv/app/a"], "workdir": "/home/nonroot/a"},
    {"user": "1000", "directories": {"/home/nonroot": {}, "/root": {"mode": "0700"}}, "volumes": ["/home/nonroot/x"]},
    {"user": "1000", "runtime_files": ["nonroot"], "volumes": ["/home/nonroot/x", "/root"], "workdir": "/home/nonroot"},
    {"env": {"TMPDIR": "/data"}, "volumes": ["/data", "/data/a"], "workdir": "/data/a/b"},
    {"env": {"TMPDIR": "/data/a", "HOME": "/data"}, "volumes": ["/data/a/b"], "user": "1000:0"},
    # Where no line can help.
    {"binary_path": "/data", "volumes": ["/data", "/data/a", "/proc/a", "/dev", "/etc/hosts", "/sys"], "workdir": "/proc"},
    {"env": {"TMPDIR": "/etc/hosts/a", "HOME": "/proc"}, "workdir": "/dev/shm"},
    {"env": {"TMPDIR": "/a\u202eb"}},
    {"env": {"TMPDIR": "/.wh.a/b"}, "runtime_files": ["tmp"]},
    {"env": {"TMPDIR": f"/{'a' * 256}"}, "symlinks": {"/tmp": "/var/tmp"}},
    {
        "env": {"TMPDIR": "/a/../b", "SSL_CERT_DIR": ":"},
        "directories": {"/closed": {"mode": "0700"}},
        "volumes": ["/closed/a"],
    },
    {"env": {"TMPDIR": "relative"}, "workdir": "/home/nonroot"},
    {"directories": {"/usr/share/zoneinfo": {}}, "volumes": ["/usr/share/zoneinfo/a"]},
    {"runtime_files": ["tzdata"], "volumes": ["/usr/share/zoneinfo/a", "/usr/share/zoneinfo"], "env": {"TZ": "UTC"}},
    {"volumes": ["/etc/ssl/certs", "/etc/passwd", "/usr/lib/ssl/cert.pem"]},
)
TREES: Tuple[Tree, ...] = (
    {},
    {"/etc/ssl/certs/ca-certificates.crt": File(PROBE_ROOT), "/etc/passwd": File(b"a:x:1:1::/:\n")},
    {"/scratch": Directory(0o755), "/zones": Link("/usr/share/zoneinfo")},
    {"/home/nonroot/.profile": File(), "/data": Link("/var/data"), "/usr/share/zoneinfo/Test": File()},
)


def fixed(fields: Dict[str, Any], facts: BinaryFacts, tree: Tree) -> Tuple[Finding, ...]:
    assert is_one_image(fields, tree)
    spec = spec_of(**fields)
    return one_fix(judge(spec, facts, "", contents_for(spec, tree), known_of_tree(tree)).findings, spec)


def pasted(fields: Dict[str, Any], findings: Tuple[Finding, ...]) -> Dict[str, Any]:
    """The fields after the fix; there is one, or none."""
    fixes = {finding.fix for finding in findings if finding.change}
    assert len(fixes) <= 1, fixes
    return {**fields, **eval(f"dict({', '.join(fixes)})")}


def is_one_image(fields: Dict[str, Any], tree: Tree) -> bool:
    """Whether the fields and the tree can be in one image."""
    spec = spec_of(**fields)
    return conflicts(claims_of(spec, contents_for(spec, tree))) == ()


CASES = [(fields, tree) for fields in FIELDS for tree in TREES if is_one_image(fields, tree)]


@pytest.mark.parametrize("fields, tree", CASES, ids=[f"{fields}-{TREES.index(tree)}" for fields, tree in CASES])
def test_after_the_paste_nothing_is_left(fields: Dict[str, Any], tree: Tree) -> None:
    for facts in PROGRAMS:
        before = fixed(fields, facts, tree)
        after = fixed(pasted(fields, before), facts, tree)
        left = [finding for finding in after if finding.change]
        assert left == [], (facts.program and facts.program.needs, before)
        solved = {finding.text for finding in before if finding.change}
        assert solved.isdisjoint(finding.text for finding in after), before
        # What has no change of the target is another's to fix; there is no more of it than before.
        assert {finding.check for finding in after} <= {finding.check for finding in before}


def test_the_two_lines_that_contradicted_each_other() -> None:
    """`tmp` is not needed, and `ca-certificates` is missing."""
    findings = fixed({"runtime_files": ["tmp"]}, go(evidence.CA), {})
    assert [finding.check for finding in findings] == ["SR040", "SR049"]
    assert {finding.fix for finding in findings} == {'runtime_files=["ca-certificates"]'}
    assert show(findings, "src:image").count("fix:") == 1
    assert 'accept: allow=["SR040", "SR049"] on src:image' in show(findings, "src:image")


def test_the_fix_keeps_what_the_fields_say() -> None:
    fields = {"env": {"A": "b", "TMPDIR": "/s"}, "directories": {"/srv": {"mode": "0700"}}, "volumes": ["/data"]}
    fixes = {finding.fix for finding in fixed(fields, go(evidence.TMP), {}) if finding.change}
    want = '{"/data": {"owner": "65532:65532"}, "/s": {"mode": "1777"}, "/srv": {"mode": "0700"}}'
    assert fixes == {f"directories={want}"}


def of_index(fields: Dict[str, Any], programs: Tuple[BinaryFacts, ...], tree: Tree = TREES[0]) -> Tuple[Finding, ...]:
    """The findings of an index of such programs, with their fix."""
    platforms = ("linux/amd64", "linux/arm64", "linux/riscv64")
    spec = spec_of(**{**fields, "binary": {name: f":{name[6:]}" for name in platforms[: len(programs)]}})
    images = [Judged(each, facts, "") for each, facts in zip(spec.images, programs)]
    judgements = judge_all(images, contents_for(spec, tree), known_of_tree(tree))
    findings = [finding for judgement in judgements for finding in judgement.findings]
    every = tuple(facts.program for facts in programs if facts.program)
    findings += unneeded(spec, tuple(each.binary for each in spec.images), every)
    return one_fix(dict.fromkeys(findings), spec)


def test_one_fix_for_all_platforms() -> None:
    """What one program of an index needs, the fix for another does not take away."""
    fields = {"runtime_files": ["tmp", "tzdata", "mime-types"]}
    shown = [finding for finding in of_index(fields, (go(evidence.TMP), go(evidence.CA, evidence.TZ))) if finding.change]
    assert [finding.check for finding in shown] == ["SR040", "SR049"]
    assert "nothing in :amd64 and :arm64 needs mime-types" in shown[1].text
    assert {finding.fix for finding in shown} == {'runtime_files=["ca-certificates", "tzdata", "tmp"]'}


@pytest.mark.parametrize("fields, tree", CASES, ids=[f"{fields}-{TREES.index(tree)}" for fields, tree in CASES])
def test_after_the_paste_nothing_is_left_in_an_index(fields: Dict[str, Any], tree: Tree) -> None:
    """Programs that look at different places, which one change has to serve."""
    programs = (
        go(evidence.CA, evidence.TMP, evidence.CURRENT_USER),
        c(evidence.CA, evidence.TMP, openssl_cert_file=SSL),
        c(evidence.CA, evidence.CACHE, openssl_cert_file="/opt/ssl/cert.pem"),
    )
    for number in range(len(programs)):
        turned = programs[number:] + programs[:number]
        before = of_index(fields, turned, tree)
        after = of_index(pasted(fields, before), turned, tree)
        assert [finding for finding in after if finding.change] == [], before
        solved = {finding.text for finding in before if finding.change}
        assert solved.isdisjoint(finding.text for finding in after), before
        assert {finding.check for finding in after} <= {finding.check for finding in before}


def test_what_helps_one_program_of_an_index_and_not_the_other() -> None:
    """No link can be put where the second looks: the first gets what it needs all the same."""
    fields = {"symlinks": {"/usr/lib/ssl": "/etc/ssl"}}
    findings = of_index(fields, (go(evidence.CA), c(evidence.CA, openssl_cert_file=SSL)))
    changes = {finding.check: finding.fix for finding in findings if finding.change}
    want = 'runtime_files=["ca-certificates"], env={"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}'
    assert changes == {"SR040": want, "SR041": want}
