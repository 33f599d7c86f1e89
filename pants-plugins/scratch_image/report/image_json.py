"""What an image turned out to be: `image.json` for programs, a few lines for people. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Tuple

from scratch_image.assembler.plan import LayerFacts
from scratch_image.binary.facts import BinaryFacts
from scratch_image.certificates.facts import BundleFacts
from scratch_image.checks.findings import Finding
from scratch_image.oci import canonical_json
from scratch_image.oci.image import BuiltImage as Image
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor

SCHEMA = 1


@dataclass(frozen=True)
class RuntimeFilesReport:
    """The entries of `runtime_files`, the versions of what they are made of, and the user's certificates."""

    names: Tuple[str, ...]
    versions: Mapping[str, str]
    bundle: Optional[BundleFacts]

    def to_dict(self) -> Dict[str, object]:
        """Two members of a manifest in the report; the second only where there are certificates of the user's."""
        files: Dict[str, object] = {"runtimeFiles": {name: self._entry(name) for name in self.names}}
        if self.bundle:
            files["caBundle"] = [certificate.to_dict() for certificate in self.bundle.certificates]
        return files

    def _entry(self, name: str) -> Dict[str, object]:
        return {"version": self.versions[name]} if name in self.versions else {}


@dataclass(frozen=True)
class ImageReport:
    """One platform's image: its layers, base first, the facts of its program and what was found."""

    image: Image
    layers: Tuple[LayerFacts, ...]
    facts: BinaryFacts
    findings: Tuple[Finding, ...]

    def to_dict(self, runtime_files: RuntimeFilesReport) -> Dict[str, object]:
        return {
            "platform": str(self.image.platform),
            "digest": str(self.image.manifest_descriptor.digest),
            "config": str(self.image.config_descriptor.digest),
            "layers": [layer.to_dict() for layer in self.layers],
            "facts": {"elf": self.facts.program.to_dict()} if self.facts.program else {},
            "findings": [finding.to_dict() for finding in self.findings],
            **runtime_files.to_dict(),
        }


def image_json(
    root: Descriptor,
    reports: Tuple[ImageReport, ...],
    runtime_files: RuntimeFilesReport,
    references: Tuple[str, ...],
    omitted: Tuple[Platform, ...] = (),
) -> bytes:
    """The report in dist/ (docs/image-json.md has its schema); `root` is the image's or the index's, `references` are its
    names, `omitted` are the platforms that were left out of it."""
    report: Dict[str, object] = {
        "schema": SCHEMA,
        "root": {"mediaType": root.media_type, "digest": str(root.digest), "size": root.size},
        "references": list(references),
        "manifests": [report.to_dict(runtime_files) for report in reports],
    }
    if omitted:
        report["omittedPlatforms"] = list(map(str, omitted))
    return canonical_json.encode(report)


def log_lines(root: Descriptor, reports: Tuple[ImageReport, ...]) -> Tuple[str, ...]:
    """The lines under `Wrote dist/…`."""
    lines = [f"  digest    {root.digest}"]
    for report in reports:
        size = sum(layer.size for layer in report.layers)
        unpacked = sum(layer.unpacked_size for layer in report.layers)
        lines.append(f"  platform  {report.image.platform}")
        recipes = ", ".join(layer.recipe for layer in report.layers)
        lines.append(f"  layers    {_bytes(size)}, unpacked {_bytes(unpacked)} ({recipes})")
    return tuple(lines)


def _bytes(count: int) -> str:
    """A size for people, in powers of ten, as registries show it."""
    if count < 1000:
        return f"{count} B"
    if count < 999_950:
        return f"{count / 1000:.1f} kB"
    return f"{count / 1_000_000:.1f} MB"
