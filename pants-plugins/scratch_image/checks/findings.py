"""A finding is one check's report on one image; a policy decides which findings stop a package. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, FrozenSet, Iterable, List, Mapping, Optional, Tuple

from scratch_image.checks.change import Change, joined, lines
from scratch_image.checks.table import CHECKS
from scratch_image.image.spec import ImageSpec


@dataclass(frozen=True)
class Finding:
    """`check` is an id of CHECKS, `severity` one of SEVERITIES; `text` says what is wrong, and `fix` what to do about it.
    `change` is what the fix changes in the target, if it is fields that one_fix() joins; then it says `fix`."""

    check: str
    severity: str
    text: str
    fix: str
    change: Optional[Change] = None

    @classmethod
    def of(cls, check: str, text: str, fix: str = "", severity: str = "", change: Optional[Change] = None) -> Finding:
        """A finding; without `fix` and `severity`, with its check's cure and usual severity."""
        row = CHECKS[check]
        return cls(check, severity or row.severity, text, fix or row.fix, change)

    def to_dict(self) -> Dict[str, object]:
        """As `image.json` has it (docs/image-json.md)."""
        return {"check": self.check, "severity": self.severity, "text": self.text, "fix": self.fix}


@dataclass(frozen=True)
class Policy:
    """How findings are judged. `severity` maps checks to severities that replace their own; `fail_on`, 'error' or 'warning',
    is the least severity that stops a package; `allowed` are the checks that the target's `allow` accepts."""

    fail_on: str
    severity: Mapping[str, str]
    allowed: FrozenSet[str]

    def applied(self, findings: Iterable[Finding]) -> Tuple[Finding, ...]:
        """The findings with their severities, without those that are off or allowed. A check that reports what can never run
        keeps its own severity."""
        kept = []
        for finding in findings:
            if CHECKS[finding.check].allowable:
                if finding.check in self.allowed:
                    continue
                finding = replace(finding, severity=self.severity.get(finding.check, finding.severity))
            if finding.severity != "off":
                kept.append(finding)
        return tuple(kept)

    def stops(self, finding: Finding) -> bool:
        """Whether a package with this finding is not made."""
        return finding.severity == "error" or (self.fail_on == "warning" and finding.severity == "warning")

    def unused(self, findings: Iterable[Finding]) -> Tuple[str, ...]:
        """The checks that `allow` accepts and none of the findings is from."""
        return tuple(sorted(self.allowed - {finding.check for finding in findings}))


def one_fix(findings: Iterable[Finding], spec: ImageSpec) -> Tuple[Finding, ...]:
    """The findings of a target, those of all its platforms together: each that asks for a change of the target has the one
    fix that does all changes. It names each field once, as it is to be."""
    every = tuple(findings)
    fix = lines(spec, joined(finding.change for finding in every if finding.change))
    return tuple(replace(finding, fix=fix) if finding.change else finding for finding in every)


def show(findings: Iterable[Finding], image: str) -> str:
    """Findings as lines for people, with the field that accepts each on the target `image`. Those with one fix stand where
    the first of them does, and the fix once, below them."""
    groups: Dict[str, List[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.fix, []).append(finding)
    shown: List[str] = []
    for fix, group in groups.items():
        shown.extend(f"  {finding.check}  {finding.severity}: {finding.text}" for finding in group)
        shown.append(f"         fix: {fix}")
        accepted = [
            finding.check
            for finding in group
            if finding.severity in ("error", "warning") and CHECKS[finding.check].allowable
        ]
        if accepted:
            ids = ", ".join(f'"{check}"' for check in dict.fromkeys(accepted))
            shown.append(f"         accept: allow=[{ids}] on {image}")
    return "\n".join(shown)
