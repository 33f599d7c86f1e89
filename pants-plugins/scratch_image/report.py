"""What an image turned out to be: `image.json` for programs, a few lines for people. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Tuple

from scratch_image.assembler.plan import LayerFacts
from scratch_image.binary.facts import BinaryFacts
from scratch_image.certificates.facts import BundleFacts
from scratch_image.checks.findings import Finding
from scratch_image.oci import canonical_json
from scratch_image.oci.image import Image

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


def image_json(
    image: Image,
    layers: Tuple[LayerFacts, ...],
    facts: BinaryFacts,
    findings: Tuple[Finding, ...],
    runtime_files: RuntimeFilesReport,
) -> bytes:
    """The report in dist/ (docs/image-json.md has its schema)."""
    root = image.manifest_descriptor
    manifest: Dict[str, object] = {
        "platform": str(image.platform),
        "digest": str(root.digest),
        "config": str(image.config_descriptor.digest),
        "layers": [layer.to_dict() for layer in layers],
        "facts": {"elf": facts.program.to_dict()} if facts.program else {},
        "findings": [finding.to_dict() for finding in findings],
        **runtime_files.to_dict(),
    }
    return canonical_json.encode(
        {
            "schema": SCHEMA,
            "root": {"mediaType": root.media_type, "digest": str(root.digest), "size": root.size},
            "references": [],
            "manifests": [manifest],
        }
    )


def log_lines(image: Image, layers: Tuple[LayerFacts, ...]) -> Tuple[str, ...]:
    """The lines under `Wrote dist/…`."""
    size = sum(layer.size for layer in layers)
    unpacked = sum(layer.unpacked_size for layer in layers)
    return (
        f"  digest    {image.manifest_descriptor.digest}",
        f"  platform  {image.platform}",
        f"  layers    {_bytes(size)}, unpacked {_bytes(unpacked)} ({', '.join(layer.recipe for layer in layers)})",
    )


def _bytes(count: int) -> str:
    """A size for people, in powers of ten, as registries show it."""
    if count < 1000:
        return f"{count} B"
    if count < 999_950:
        return f"{count / 1000:.1f} kB"
    return f"{count / 1_000_000:.1f} MB"
