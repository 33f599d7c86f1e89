"""What is attested of an image. Pure, though its values are the rules'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterator, Mapping, Optional, Tuple, Union

from pants.engine.fs import FileDigest

from scratch_image.attest.attachments import Attachment, Attested, provenances, sboms
from scratch_image.attest.bom import Declared, Image, Layer
from scratch_image.attest.contents import HashedFile, digest_of
from scratch_image.attest.provenance import Build, Material
from scratch_image.binary.facts import BinaryFacts
from scratch_image.engine.own_files import own_file
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import BuiltImage, BuiltIndex
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor
from scratch_image.report.image_json import ImageReport, RuntimeFilesReport
from scratch_image.rules.read_image import ReadImage

# Fields that decide nothing of an image: where it goes, what else is written, and what is accepted.
_NOT_OF_THE_IMAGE = (
    *("allow", "archive", "image_tags", "output_path", "registries", "repository", "skip_push"),
    *("provenance", "sbom", "sbom_components", "sbom_files"),
)


@dataclass(frozen=True)
class Attestable:
    """An image or an index with its documents, one report per platform, what is said of its runtime files, the facts of the
    executables in `files` by their paths, and the programs, in the order of the reports."""

    image: Union[BuiltImage, BuiltIndex]
    reports: Tuple[ImageReport, ...]
    runtime_files: RuntimeFilesReport
    executables: Mapping[str, BinaryFacts]
    programs: Tuple[FileDigest, ...]


def attest(read: ReadImage, of: Attestable) -> Attested:
    """The documents that the target asks for."""
    wanted = read.attestations
    declared = None
    found: Tuple[Attachment, ...] = ()
    index = of.image.root if isinstance(of.image, BuiltIndex) else None
    if wanted.formats:
        declared = _declared(read, of.runtime_files)
        subjects = [(report.image.root, _image(report, of, read)) for report in of.reports]
        found = sboms(wanted.formats, subjects, index, declared)
    if wanted.builder:
        found = (*found, *provenances(_subjects(read, of, index), read.names.short, _build(read)))
    return Attested(found, declared)


def _declared(read: ReadImage, runtime_files: RuntimeFilesReport) -> Declared:
    wanted = read.attestations
    return Declared(read.names.short, wanted.libraries, runtime_files.versions, wanted.every_file)


def _build(read: ReadImage) -> Build:
    """The parameters that decide something of the image."""
    spec, values = read.spec, {name: value for name, value in read.values.items() if name not in _NOT_OF_THE_IMAGE}
    fields = {name: _plain(value) for name, value in values.items() if value is not None}
    # With the values of variables, which these two may have.
    filled = {"annotations": dict(spec.annotations), "image_labels": dict(spec.run.labels)}
    fields.update((name, texts) for name, texts in filled.items() if name in fields)
    defaults: Dict[str, object] = {
        "compression": ":".join(str(part) for part in (spec.compression.name, spec.compression.level) if part),
        "created": spec.created,
        "runtime_files": list(spec.runtime_files),
        "user": spec.run.user,
    }
    unset = {name: value for name, value in defaults.items() if name not in fields and value}
    return Build(str(read.address), fields, unset, read.attestations.builder)


def _plain(value: object) -> object:
    """A value of a BUILD file as JSON has it; what JSON has not, as a text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(_plain, value))
    return value if isinstance(value, (str, int, bool)) or value is None else str(value)


def _subjects(
    read: ReadImage, of: Attestable, index: Optional[Descriptor]
) -> Iterator[Tuple[Descriptor, Optional[Platform], Tuple[Material, ...]]]:
    programs = [
        Material(str(read.binaries[spec.binary]), program.fingerprint)
        for spec, program in zip(read.spec.images, of.programs)
    ]
    others = tuple(_others(read))
    for report, program in zip(of.reports, programs):
        yield report.image.root, report.image.platform, (program, *others)
    if index:
        yield index, None, (*programs, *others)


def _others(read: ReadImage) -> Iterator[Material]:
    """What is in every platform's image, and the locks of what writes it."""
    for text, tree in read.contents.trees.items():
        files = [HashedFile(path, digest.fingerprint, "") for path, digest in tree.files]
        if files:
            sha256 = files[0].sha256 if len(files) == 1 else digest_of(files)
            yield Material(str(read.files[text]), sha256, len(files))
    rooms = ["assembler"]
    if read.bundle and read.bundle.content:
        rooms.append("certificates")
        yield Material("ca_bundle", read.bundle.content.fingerprint)
    if read.spec.runtime_files:
        rooms.append("runtime_files")
    for room in rooms:
        lock = own_file(f"{room}/requirements.txt")
        yield Material(f"scratch_image/{room}/requirements.txt", Digest.of(lock).hex)


def _image(report: ImageReport, of: Attestable, read: ReadImage) -> Image:
    executables: Dict[str, BinaryFacts] = {path: facts for path, facts in of.executables.items() if facts.program}
    executables[read.spec.binary_path] = report.facts
    layers = tuple(
        Layer(layer.created_by, tuple(HashedFile(f"/{file.path}", file.sha256, file.sha1) for file in facts.files))
        for layer, facts in zip(report.image.layers, report.layers)
    )
    return Image(report.image.platform, report.image.manifest_descriptor.digest, layers, executables, report.modules)
