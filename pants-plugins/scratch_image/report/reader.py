"""What `image.json` says that the layout does not: findings, and platforms that were left out (docs/image-json.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Mapping, Tuple

from scratch_image.layout.documents import Object, member, parse, string_list
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Findings, shown
from scratch_image.structure.expectations import LEVELS


@dataclass(frozen=True)
class Finding:
    """What a check said when the image was made."""

    check: str
    severity: str
    text: str
    fix: str


@dataclass(frozen=True)
class Report:
    """`findings` are by the digest of the manifest, `omitted` are platforms."""

    findings: Mapping[str, Tuple[Finding, ...]] = field(default_factory=dict)
    omitted: Tuple[str, ...] = ()


def read_report(content: bytes, where: str, findings: Findings, limits: Limits) -> Report:
    values = parse(content, where, findings, limits)
    if values is None:
        return Report()
    by_digest: Dict[str, Tuple[Finding, ...]] = {}
    for number, entry in enumerate(member(values, "manifests", list, where, findings, required=True) or ()):
        place = f"{where} manifests[{number}]"
        if not isinstance(entry, dict):
            findings.add(place, "manifest", shown(entry), "an object is asked for")
            continue
        digest = member(entry, "digest", str, place, findings, required=True)
        said = member(entry, "findings", list, place, findings, required=True)
        by_digest[digest or ""] = tuple(_finding(item, place, findings) for item in said or ())
    return Report(by_digest, string_list(values, "omittedPlatforms", where, findings))


def _finding(value: object, where: str, findings: Findings) -> Finding:
    values: Object = value if isinstance(value, dict) else {}
    names = ("check", "severity", "text", "fix")
    finding = Finding(*(member(values, name, str, where, findings, required=True) or "" for name in names))
    if finding.severity not in LEVELS:
        findings.add(where, "severity", shown(finding.severity), f"one of {', '.join(LEVELS)}")
    return finding
