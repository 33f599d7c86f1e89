"""`image.json`: what an image turned out to be, for programs (docs/image-json.md has its schema). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Tuple

from scratch_image.assembler.plan import LayerFacts
from scratch_image.attest.attachments import NOTHING, Attested
from scratch_image.attest.modules import Modules
from scratch_image.binary.facts import BinaryFacts
from scratch_image.certificates.facts import BundleFacts
from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import BuiltImage
from scratch_image.oci.names import REPORT_SCHEMA
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor


@dataclass(frozen=True)
class RuntimeFilesReport:
    """The entries of `runtime_files`, the version of what each is made of, by name, and the certificates of `ca_bundle`."""

    names: Tuple[str, ...]
    versions: Mapping[str, str]
    bundle: Optional[BundleFacts]

    def to_dict(self) -> Dict[str, object]:
        """Two members of a manifest in the report; the second only where there is a `ca_bundle`."""
        files: Dict[str, object] = {"runtimeFiles": {name: self._entry(name) for name in self.names}}
        if self.bundle:
            files["caBundle"] = [certificate.to_dict() for certificate in self.bundle.certificates]
        return files

    def _entry(self, name: str) -> Dict[str, object]:
        return {"version": self.versions[name]} if name in self.versions else {}


@dataclass(frozen=True)
class ImageReport:
    """One platform's image: its layers, base first, the facts of its program, its findings as JSON has them, and the modules
    of its program, where the program does not name them and the build does."""

    image: BuiltImage
    layers: Tuple[LayerFacts, ...]
    facts: BinaryFacts
    findings: Tuple[Mapping[str, object], ...]
    modules: Optional[Modules] = None

    def to_dict(self, runtime_files: RuntimeFilesReport) -> Dict[str, object]:
        """The entry of the image in `manifests`."""
        return {
            "platform": str(self.image.platform),
            "digest": str(self.image.manifest_descriptor.digest),
            "config": str(self.image.config_descriptor.digest),
            "layers": [layer.to_dict() for layer in self.layers],
            "facts": {"elf": self.facts.program.to_dict()} if self.facts.program else {},
            "findings": list(self.findings),
            **({"goModules": self.modules.to_dict()} if self.modules else {}),
            **runtime_files.to_dict(),
        }


@dataclass(frozen=True)
class Written:
    """What `package` wrote to dist/: `names` are of WRITABLE; `archive` is (digest, size in bytes) of the archive, if there
    is one, and `references` are the names of the image that it has."""

    names: Tuple[str, ...]
    references: Tuple[str, ...] = ()
    archive: Optional[Tuple[Digest, int]] = None

    def to_dict(self) -> Dict[str, object]:
        """Members of the report."""
        members: Dict[str, object] = {"written": list(self.names)}
        if self.archive:
            digest, size = self.archive
            members["archive"] = {"digest": str(digest), "size": size, "references": list(self.references)}
        return members


@dataclass(frozen=True)
class PackageReport:
    """The report on an image or an index, whose descriptor is `root`; `references` are its names, `omitted` are the
    platforms that were left out of it, and `attested` is what is attached to it."""

    root: Descriptor
    images: Tuple[ImageReport, ...]
    runtime_files: RuntimeFilesReport
    references: Tuple[str, ...]
    omitted: Tuple[Platform, ...] = ()
    attested: Attested = NOTHING

    def image_json(self, written: Optional[Written] = None) -> bytes:
        """The file; without `written`, what it says of the image alone."""
        report: Dict[str, object] = {
            "schema": REPORT_SCHEMA,
            "root": {"mediaType": self.root.media_type, "digest": str(self.root.digest), "size": self.root.size},
            "references": list(self.references),
            "manifests": [image.to_dict(self.runtime_files) for image in self.images],
            **self.attested.to_dict(),
            **(written.to_dict() if written else {}),
        }
        if self.omitted:
            report["omittedPlatforms"] = list(map(str, self.omitted))
        return canonical_json.encode(report)
