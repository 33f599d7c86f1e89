"""What `image.json` has and the layout beside it has not: findings, and omitted platforms (docs/image-json.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Mapping, Tuple

from scratch_image.layout.documents import JsonObject, parse
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems

# What a finding may be, by increasing severity, with the absence of any finding first.
SEVERITIES = ("none", "info", "warning", "error")


@dataclass(frozen=True)
class ReportedFinding:
    """What the check with the id `check` found when the image was made; `severity` is one of SEVERITIES, `fix` is the
    cure."""

    check: str
    severity: str
    text: str
    fix: str


@dataclass(frozen=True)
class Report:
    """`findings` by the digest of the manifest; `omitted` are platforms."""

    findings: Mapping[str, Tuple[ReportedFinding, ...]] = field(default_factory=dict)
    omitted: Tuple[str, ...] = ()


def read_report(content: bytes, where: str, problems: Problems, limits: Limits) -> Report:
    """Reads the report; what is wrong in it is a problem."""
    values = parse(content, where, problems, limits)
    if values is None:
        return Report()
    by_digest: Dict[str, Tuple[ReportedFinding, ...]] = {}
    for entry in filter(None, values.children("manifests", required=True) or ()):
        digest = entry.member("digest", str, required=True)
        findings = entry.children("findings", required=True)
        by_digest[digest or ""] = tuple(_finding(finding) for finding in findings or () if finding)
    return Report(by_digest, values.string_list("omittedPlatforms"))


def _finding(values: JsonObject) -> ReportedFinding:
    texts = (values.member(name, str, required=True) or "" for name in ("check", "severity", "text", "fix"))
    finding = ReportedFinding(*texts)
    if finding.severity not in SEVERITIES:
        values.expected("severity", f"one of {', '.join(SEVERITIES)}", finding.severity)
    return finding
