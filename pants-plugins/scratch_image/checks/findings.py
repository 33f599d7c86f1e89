"""What was found: a finding is one check's report on one image. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, FrozenSet, Iterable, Mapping, Optional, Tuple

from scratch_image.checks.table import CHECKS


@dataclass(frozen=True)
class Finding:
    """`text` says what was found, `fix` what to do about it."""

    check: str
    severity: str
    text: str
    fix: str

    def to_dict(self) -> Dict[str, object]:
        return {"check": self.check, "severity": self.severity, "text": self.text, "fix": self.fix}


@dataclass(frozen=True)
class Policy:
    """How findings are taken. `severity` replaces a check's own; `fail_on`, 'error' or 'warning', is the least severity that
    stops a package; `allowed` are the checks that the target's `allow` accepts."""

    fail_on: str
    severity: Mapping[str, str]
    allowed: FrozenSet[str]

    def applied(self, findings: Iterable[Finding]) -> Tuple[Finding, ...]:
        """The findings with their severities, without those that are off or allowed; a check that reports what can never
        run keeps its own."""
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
        return finding.severity == "error" or (self.fail_on == "warning" and finding.severity == "warning")

    def unused(self, findings: Iterable[Finding]) -> Tuple[str, ...]:
        """What `allow` accepts and no longer happens."""
        return tuple(sorted(self.allowed - {finding.check for finding in findings}))


def found(check: str, text: str, fix: str, severity: Optional[str] = None) -> Finding:
    """A finding; with its check's usual severity where none is given."""
    return Finding(check, severity or CHECKS[check].severity, text, fix)


def show(findings: Iterable[Finding], image: str) -> str:
    """Findings as lines for people, with what to write into the BUILD file to accept one."""
    lines = []
    for finding in findings:
        lines.append(f"  {finding.check}  {finding.severity}: {finding.text}")
        lines.append(f"         fix: {finding.fix}")
        if finding.severity in ("error", "warning") and CHECKS[finding.check].allowable:
            lines.append(f'         accept: allow=["{finding.check}"] on {image}')
    return "\n".join(lines)
